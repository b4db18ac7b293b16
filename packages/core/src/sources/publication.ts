import { jsonFault } from '@pgwamp/protocol/internal';
import { Refused } from '../errors.ts';
import type { Message } from '../pipeline/index.ts';
import type { OutboxTable } from './outbox-source.ts';

/**
 * A publication of `crossbar.publish`. All parts are texts as PostgreSQL has written them, and absent parts are empty.
 * Its channel is the topic.
 */
export interface Publication extends Message {
  readonly payload: string;
  /**
   * Commit time of its transaction, if the log contains it: milliseconds since 1970, with PostgreSQL's microseconds as
   * a fraction.
   */
  readonly committedAt?: number | undefined;
  /** The options of WAMP's PUBLISH, as a JSON object. */
  readonly options: string;
  /** A JSON array. */
  readonly args: string;
  /** A JSON object. */
  readonly kwargs: string;
}

/** Parses the text of `crossbar._content_of_publication`. JSON parts remain text. A `Parser`. */
export function parsePublication(
  id: string,
  _channel: string,
  payload: string,
  size: number,
  isWhole: boolean,
  committedAt?: number,
): Publication {
  const options = payload.indexOf('\n') + 1;
  const args = payload.indexOf('\n', options) + 1;
  const kwargs = payload.indexOf('\n', args) + 1;
  // A missing line makes its index 0, so the indexes are not in ascending order.
  const isPublication = options > 0 && args > options && kwargs > args && payload.indexOf('\n', kwargs) < 0;
  if (!isPublication || !isWhole) return unreadable(id, payload, size, isWhole);
  return {
    id,
    channel: payload.slice(0, options - 1),
    payload,
    size,
    committedAt,
    refusal: undefined,
    options: payload.slice(options, args - 1),
    args: payload.slice(args, kwargs - 1),
    kwargs: payload.slice(kwargs),
  };
}

/** Maximum nesting of arrays and objects: JSON parsers of all languages accept it. */
const maxLevels = 1000;

/**
 * Returns a refusal if the parts of a publication are not valid JSON: any role that may connect can write a message
 * that looks like a publication. Needed by sinks that forward the texts unchanged. A WAMP session checks its messages
 * itself.
 */
export function faultOfParts({
  options,
  args,
  kwargs,
}: Pick<Publication, 'options' | 'args' | 'kwargs'>): Refused | undefined {
  const parts = [
    ['options', options, 'object'],
    ['args', args, 'array'],
    ['kwargs', kwargs, 'object'],
  ] as const;
  for (const [name, text, kind] of parts) {
    const fault = text === '' ? undefined : jsonFault(text, kind, maxLevels);
    if (fault)
      return new Refused('malformed', `not a publication of crossbar.publish: ${name} is no JSON ${kind}, or too deep`);
  }
  return undefined;
}

/** Parses a notification of `crossbar.publish`. Its first line is the number of the publication. A `Parser`. */
export function parseNotification(_id: string, channel: string, payload: string, size: number): Publication {
  const [number] = /^[1-9]\d{0,17}(?=\n)/.exec(payload) ?? [];
  return number === undefined
    ? unreadable('', payload, size, true)
    : parsePublication(number, channel, payload.slice(number.length + 1), size, true);
}

/** Whether the publication requests an acknowledgement record. */
export function wantsAcknowledgement({ options }: Publication): boolean {
  return options !== '' && (JSON.parse(options) as { acknowledge?: boolean } | null)?.acknowledge === true;
}

/** An oversized publication still shows its topic, which is its first line. */
function unreadable(id: string, payload: string, size: number, isWhole: boolean): Publication {
  const channel = isWhole ? '' : payload.slice(0, Math.max(payload.indexOf('\n'), 0));
  const refusal = isWhole
    ? new Refused('malformed', 'not a publication of crossbar.publish')
    : new Refused('too_large', `it has ${size} bytes, which is more than max_message_size allows`);
  return { id, channel, payload, size, refusal, options: '', args: '', kwargs: '' };
}

/** The table of delivery `outbox`, restricted to one realm. */
export function publicationOutbox(realm: string): OutboxTable {
  return {
    name: 'crossbar.outbox',
    key: { lsn: 'pg_lsn', id: 'bigint' },
    id: 'id',
    // The topic is the first line of the content.
    channel: `''`,
    payload: 'content',
    condition: 'realm = $1',
    parameter: realm,
    hints: 'crossbar_outbox',
    announce: 'UPDATE crossbar.realm SET waiting = $2 WHERE realm = $1',
  };
}
