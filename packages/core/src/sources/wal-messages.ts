import type { Message, Parser } from '../pipeline/index.ts';
import { beginTime, epoch, messageLsn, messagePrefix, pgoutput, readLsn } from '../postgres/index.ts';
import type { WalDecoder } from './wal-source.ts';

/**
 * Decodes logical messages with given prefixes, which `pg_logical_emit_message` writes. Any role can write such
 * messages, with any prefix and up to 1 GB. Messages with other prefixes are ignored.
 *
 * @param prefixes of the messages. The prefix becomes the channel.
 * @param parse creates messages from their texts. The id is the log position, as `pg_logical_emit_message` returns it.
 * @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-REPLICATION
 */
export function walMessages<M extends Message>(prefixes: readonly string[], parse: Parser<M>): WalDecoder<M> {
  const known = prefixes.map((name) => ({ name, bytes: Buffer.from(`${name}\0`) }));
  // The commit time of the current transaction. A message outside a transaction never comes within one.
  let committedAt: number | undefined;
  return {
    decode(buffer, offset, end, size) {
      const kind = buffer[offset];
      if (kind === pgoutput.begin)
        committedAt = Number(buffer.readBigInt64BE(offset + beginTime)) / 1000 + epoch * 1000;
      if (kind === pgoutput.commit) committedAt = undefined;
      if (kind !== pgoutput.message) return undefined;
      for (const { name, bytes } of known) {
        const prefix = offset + messagePrefix;
        const start = prefix + bytes.length + 4;
        if (start > end || !isAt(buffer, prefix, bytes)) continue;
        const length = buffer.readUInt32BE(start - 4);
        const isWhole = end - offset === size;
        const text = buffer.toString('utf8', start, isWhole ? start + length : end);
        return parse(readLsn(buffer, offset + messageLsn), name, text, length, isWhole, committedAt);
      }
      return undefined;
    },
  };
}

/** Whether a buffer has some bytes at an offset. For few bytes, a loop takes a tenth of the time of `Buffer.compare`. */
function isAt(buffer: Buffer, offset: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index += 1) if (buffer[offset + index] !== bytes[index]) return false;
  return true;
}
