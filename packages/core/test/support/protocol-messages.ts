import { on } from 'node:events';
import type { Socket } from 'node:net';

/**
 * The messages of PostgreSQL's protocol that a socket receives, whole. A client's first message has no type.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function* messagesOf(socket: Socket, sender: 'client' | 'server'): AsyncGenerator<Buffer> {
  let header = sender === 'client' ? 0 : 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const [chunk] of on(socket, 'data', { close: ['end', 'close'] })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    for (let length = lengthOf(rest, header); length !== undefined; length = lengthOf(rest, header)) {
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      header = 1;
      yield message;
    }
  }
}

/** The length of the first message, once all of it is there. */
function lengthOf(buffer: Buffer, header: number): number | undefined {
  if (buffer.length < header + 4) return undefined;
  const length = header + buffer.readUInt32BE(header);
  return buffer.length < length ? undefined : length;
}
