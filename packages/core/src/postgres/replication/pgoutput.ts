import type { Lsn } from './lsn.ts';

/** What pgoutput sends that matters here: the borders of transactions, and logical messages. */
export type PgoutputMessage =
  | { readonly type: 'begin' }
  | { readonly type: 'commit'; readonly end: Lsn }
  | {
      readonly type: 'message';
      readonly transactional: boolean;
      readonly lsn: Lsn;
      readonly prefix: string;
      readonly content: string;
    }
  | { readonly type: 'other' };

const begin = 'B'.charCodeAt(0);
const commit = 'C'.charCodeAt(0);
const message = 'M'.charCodeAt(0);

const beginMessage: PgoutputMessage = { type: 'begin' };
const otherMessage: PgoutputMessage = { type: 'other' };

/**
 * Decodes the payload of an XLogData message, from `offset` on. Everything is copied out of the buffer, which the driver uses
 * again.
 *
 * @see https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export function decodePgoutput(buffer: Buffer, offset: number): PgoutputMessage {
  switch (buffer[offset]) {
    case begin:
      return beginMessage;
    case commit:
      return { type: 'commit', end: buffer.readBigUInt64BE(offset + 10) };
    case message:
      return decodeMessage(buffer, offset + 1);
    default:
      return otherMessage;
  }
}

function decodeMessage(buffer: Buffer, offset: number): PgoutputMessage {
  const prefixEnd = buffer.indexOf(0, offset + 9);
  const start = prefixEnd + 5;
  return {
    type: 'message',
    transactional: (buffer[offset] ?? 0) === 1,
    lsn: buffer.readBigUInt64BE(offset + 1),
    prefix: buffer.toString('latin1', offset + 9, prefixEnd),
    content: buffer.toString('utf8', start, start + buffer.readUInt32BE(prefixEnd + 1)),
  };
}
