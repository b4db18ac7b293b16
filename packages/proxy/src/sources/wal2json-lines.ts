import { Refused } from '@pgwamp/core';
import { type Lsn, lsnText, parseLsn, startOf } from '@pgwamp/core/internal/postgres';
import type { WalBorders, WalDecoder, WalPlugin } from '@pgwamp/core/internal/sources';
import type { Wal2jsonOptions } from '../formats/wal2json-options.ts';
import type { Wal2jsonMessage } from './source-message.ts';

/** The first bytes of a line, which contain its action and position. */
const headLength = 400;

/** Positions are always requested, and removed if the options do not ask for them. */
const positionsOfRow =
  /^(\{"action":"."(?:,"(?:xid|timestamp|origin)":(?:"[^"]*"|\w+))*),"lsn":"[^"]*"(?:,"nextlsn":"[^"]*")?/;
const positionOfTransaction = /^(\{\s*(?:"xid":\s*\d+,\s*)?)"nextlsn":\s*"[^"]*",\s*/;
const next = /"nextlsn":\s*"([^"]*)"/;
const commit = /"lsn":"([^"]*)"/;
const lastChunk = /^\s*\]\s*\}$/;

/**
 * The wal2json plugin, for a slot that uses it. Positions and transaction borders are always requested, since nothing
 * could be confirmed without them.
 */
export function wal2jsonPlugin(options: Wal2jsonOptions): WalPlugin {
  const version = options['format-version'];
  const asked = { ...options, 'include-lsn': true, 'include-transaction': true };
  const given = Object.entries(asked).filter(([name, value]) => value !== '' && !isNewer(name, value));
  return {
    name: 'wal2json',
    options: Object.fromEntries(given.map(([name, value]) => [name, String(value)])),
    borders: version === 2 ? rowBorders : transactionBorders(options['write-in-chunks']),
  };
}

/** The first bytes of a line. */
function headOf(buffer: Buffer, offset: number, end: number): string {
  return buffer.toString('latin1', offset, Math.min(end, offset + headLength));
}

function nextPosition(text: string): Lsn | undefined {
  const [, position] = next.exec(text) ?? [];
  return position === undefined ? undefined : parseLsn(position);
}

const rowBorders: WalBorders = (buffer, offset, end) => {
  const text = headOf(buffer, offset, end);
  if (text.startsWith('{"action":"B"')) return 'begin';
  if (text.startsWith('{"action":"C"')) return nextPosition(text);
  const isAlone = text.startsWith('{"action":"M"') && text.includes('"transactional":false');
  return isAlone ? startOf(buffer, offset) + 1n : undefined;
};

/** A line is a transaction, or a chunk of one. */
function transactionBorders(inChunks: boolean): WalBorders {
  let begun: Lsn | undefined;
  return (buffer, offset, end) => {
    const text = headOf(buffer, offset, end);
    const position = nextPosition(text);
    if (!inChunks) return position;
    if (position === undefined) return lastChunk.test(text) ? begun : undefined;
    begun = position;
    return 'begin';
  };
}

/** A parameter that is unknown to wal2json before 2.6, and can be omitted. */
function isNewer(name: string, value: unknown): boolean {
  return name === 'numeric-data-types-as-string' && value === false;
}

/** Converts lines of the plugin to messages, and removes parts that were not asked for. */
export function wal2jsonLines(options: Wal2jsonOptions): WalDecoder<Wal2jsonMessage> {
  let transaction: Lsn | undefined;
  let last = 0n;
  let index = 0;
  return {
    decode(buffer, offset, stop, size) {
      const text = buffer.toString('utf8', offset, stop);
      const start = startOf(buffer, offset);
      index = start === last ? index + 1 : 0;
      last = start;
      const action = options['format-version'] === 2 ? text.charAt('{"action":"'.length) : '';
      const position = positionIn(text, action) ?? transaction ?? start;
      if (action === 'B') transaction = position;
      if (action === 'C') transaction = undefined;
      if ((action === 'B' || action === 'C') && !options['include-transaction']) return undefined;
      const payload = options['include-lsn'] ? text : withoutPositions(text, action);
      const isWhole = stop - offset === size;
      return {
        kind: 'wal2json',
        id: `${lsnText(start)}/${index}`,
        channel: 'wal2json',
        payload,
        size: isWhole ? Buffer.byteLength(payload) : size,
        refusal: isWhole ? undefined : new Refused('too_large', `it has ${size} bytes, more than max_message_size`),
        source: '',
        committedAt: undefined,
        receivedAt: Date.now(),
        position,
      };
    },
  };
}

/**
 * The commit position in a line, if it has one: the first line of a transaction, or a line with a whole transaction.
 */
function positionIn(text: string, action: string): Lsn | undefined {
  const head = text.slice(0, headLength);
  if (action === 'B') return parseLsn(commit.exec(head)?.[1] ?? '0/0');
  const position = action === '' ? nextPosition(head) : undefined;
  return position === undefined ? undefined : position - 1n;
}

function withoutPositions(text: string, action: string): string {
  return text.replace(action === '' ? positionOfTransaction : positionsOfRow, '$1');
}
