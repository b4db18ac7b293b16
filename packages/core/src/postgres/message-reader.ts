import type pg from 'pg';

/** The bytes of a message before what it carries: a letter, and the length of the rest. */
const header = 5;
/** So much is kept of a message that is larger than the limit: enough to see what it is. */
const headOfLarge = 8 * 1024;

/** What is done with the messages of a connection. */
export interface MessageCallbacks {
  /**
   * A message of the wanted kind.
   *
   * @param buffer what it carries is between `start` and `end`; only good until the call returns.
   * @param size bytes that it carries; more than there are, where it is larger than the limit.
   */
  wanted(buffer: Buffer, start: number, end: number, size: number): void;
  /** Any other message, whole. */
  other(message: Buffer): void;
}

/** A message whose end has not arrived yet. */
interface Partial {
  readonly kept: Buffer;
  filled: number;
  /** Bytes of the message that are still to come. */
  missing: number;
  readonly size: number;
}

/**
 * Cuts what PostgreSQL sends into messages, and hands out those of one kind as they are in the socket's buffer. node-postgres would make an
 * object of each, or a string, and would gather a message of 1 GB before; here the rest of a message that is larger than the limit is
 * passed over as it arrives.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageReader {
  readonly #code: number;
  readonly #limit: number;
  readonly #callbacks: MessageCallbacks;
  /** The beginning of a header. */
  #rest: Buffer | undefined;
  #partial: Partial | undefined;

  /**
   * @param kind the letter that begins the wanted messages.
   * @param limit bytes that one of them may carry to be read whole.
   */
  constructor(kind: string, limit: number, callbacks: MessageCallbacks) {
    this.#code = kind.charCodeAt(0);
    this.#limit = limit;
    this.#callbacks = callbacks;
  }

  /** Takes what has arrived. */
  push(chunk: Buffer): void {
    const buffer = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let offset = this.#partial ? this.#continue(this.#partial, buffer) : 0;
    while (offset + header <= buffer.length) {
      const end = offset + 1 + buffer.readUInt32BE(offset + 1);
      if (end > buffer.length) {
        this.#begin(buffer, offset, end);
        return;
      }
      this.#deliver(buffer, offset, end, end - offset);
      offset = end;
    }
    // Copied, since the stream may use its buffer again.
    if (offset < buffer.length) this.#rest = Buffer.from(buffer.subarray(offset));
  }

  #begin(buffer: Buffer, offset: number, end: number): void {
    const size = end - offset;
    const isLarge = buffer[offset] === this.#code && size - header > this.#limit;
    const kept = Buffer.allocUnsafe(isLarge ? Math.min(size, headOfLarge) : size);
    const filled = buffer.copy(kept, 0, offset);
    this.#partial = { kept, filled, missing: end - buffer.length, size };
  }

  /** Returns where the next message begins. */
  #continue(partial: Partial, buffer: Buffer): number {
    const taken = Math.min(partial.missing, buffer.length);
    partial.filled += buffer.copy(partial.kept, partial.filled, 0, taken);
    partial.missing -= taken;
    if (partial.missing > 0) return buffer.length;
    this.#partial = undefined;
    this.#deliver(partial.kept, 0, partial.filled, partial.size);
    return taken;
  }

  #deliver(buffer: Buffer, offset: number, end: number, size: number): void {
    if (buffer[offset] === this.#code) this.#callbacks.wanted(buffer, offset + header, end, size - header);
    else this.#callbacks.other(buffer.subarray(offset, end));
  }
}

/**
 * Reads a connection's socket in the place of node-postgres, which is still given all messages but those of one kind.
 *
 * @param kind the letter that begins the wanted messages.
 * @param arrived called after what has arrived in one piece was handed out.
 * @param failed called with what the callbacks throw.
 */
export function divert(
  { stream }: pg.Connection,
  kind: string,
  limit: number,
  wanted: MessageCallbacks['wanted'],
  failed: (error: unknown) => void,
  arrived: () => void = () => undefined,
): void {
  const parse = stream.listeners('data') as ((bytes: Buffer) => void)[];
  stream.removeAllListeners('data');
  const other = (message: Buffer) => {
    for (const listener of parse) listener.call(stream, message);
  };
  const reader = new MessageReader(kind, limit, { wanted, other });
  stream.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
      arrived();
    } catch (error) {
      failed(error);
    }
  });
}
