import type { Duplex } from 'node:stream';

/** Bytes that go in one write: much for the operating system, little enough for PostgreSQL to begin while the rest is being made. */
const most = 16 * 1024;

/**
 * Makes few writes of all the messages that are sent to a stream meanwhile. To cork the stream would hand them over one by one all the
 * same, and it takes the operating system longer to collect hundreds of them than it takes us to copy them.
 */
export function gather(stream: Duplex, send: () => void): void {
  let parts: Uint8Array[] = [];
  let size = 0;
  const write = stream.write.bind(stream);
  const flush = () => {
    if (size > 0) write(Buffer.concat(parts, size));
    parts = [];
    size = 0;
  };
  try {
    divert(stream, send, (part) => {
      parts.push(part);
      size += part.length;
      if (size >= most) flush();
    });
  } finally {
    flush();
  }
}

/** The bytes of all the messages that are sent to a stream meanwhile, and that therefore do not go anywhere. */
export function record(stream: Duplex, send: () => void): Buffer {
  const parts: Uint8Array[] = [];
  divert(stream, send, (part) => parts.push(part));
  return Buffer.concat(parts);
}

/** Lets something else have the messages that are sent to a stream meanwhile. */
function divert(stream: Duplex, send: () => void, take: (part: Uint8Array) => void): void {
  const write = stream.write;
  stream.write = (part: Uint8Array) => {
    take(part);
    return true;
  };
  try {
    send();
  } finally {
    stream.write = write;
  }
}
