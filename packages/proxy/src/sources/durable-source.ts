import { Refused } from '@pgwamp/core';
import type { Source } from '@pgwamp/core/internal/pipeline';
import { type Connection, type Notifications, quotedIdentifier } from '@pgwamp/core/internal/postgres';
import { OutboxSource } from '@pgwamp/core/internal/sources';
import { unframed } from './framing.ts';
import type { ChannelMessage } from './source-message.ts';
import type { SourceOptions } from './source-options.ts';

type DurableOptions = Extract<SourceOptions, { kind: 'durable' }>;

/** The dependencies of a durable source. */
interface Reading {
  readonly connection: Connection;
  readonly notifications: Notifications;
  /** Size limit of a message in bytes; a larger one is refused. */
  readonly limit: number;
}

/** The channel of hints about new rows; the source also checks four times a second. */
const hints = 'crossbar_durable';

/** Opens a source of a table like `events.events`: rows in the order of their ids, deleted after delivery. */
export function openDurableSource(
  name: string,
  { table, channels, framing }: DurableOptions,
  { connection, notifications, limit }: Reading,
): Source<ChannelMessage> {
  return new OutboxSource<ChannelMessage>({
    connection,
    notifications,
    limit,
    table: {
      name: quotedTable(table),
      key: { id: 'bigint' },
      id: 'id',
      channel: 'channel',
      payload: 'message::text',
      // Neither a channel nor a list of channels contains a line feed.
      condition: `($1 = '' OR channel = ANY (string_to_array($1, E'\\n')))`,
      parameter: (channels ?? []).join('\n'),
      hints,
    },
    parse(id, channel, text, size, isWhole) {
      const { key, payload } = unframed(text, framing);
      return {
        kind: 'channel',
        id: `${table}/${id}`,
        channel,
        key,
        payload,
        size: isWhole ? Buffer.byteLength(payload) : size,
        refusal: isWhole ? undefined : new Refused('too_large', `it has ${size} bytes, more than max_message_size`),
        source: name,
        committedAt: undefined,
        receivedAt: Date.now(),
        position: undefined,
      };
    },
  });
}

/** Whether the table of a source exists. */
export async function hasTable(connection: Connection, table: string): Promise<boolean> {
  const [found] = await connection.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [
    quotedTable(table),
  ]);
  return found?.exists ?? false;
}

function quotedTable(table: string): string {
  return table.split('.').map(quotedIdentifier).join('.');
}
