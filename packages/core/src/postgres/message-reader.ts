import type pg from 'pg';

/** Size of the header of a message in bytes: a letter, and the length of the rest. */
const header = 5;
/** Number of bytes to keep of a message that exceeds the limit: enough to identify it. */
const headOfLarge = 8 * 1024;

/** Callbacks for the messages of a connection. */
export interface MessageCallbacks {
  /**
   * A message of the wanted kind.
   *
   * @param buffer contains its content between `start` and `end`. It is not written again.
   * @param size full size of the content in bytes. It is larger than the given part if the message exceeds the limit.
   */
  wanted(buffer: Buffer, start: number, end: number, size: number): void;
  /** Any other message, complete. */
  other(message: Buffer): void;
}

/** A message that has not arrived completely. */
interface Partial {
  readonly kept: Buffer;
  filled: number;
  /** Number of bytes that have not arrived. */
  missing: number;
  readonly size: number;
}

/**
 * Splits the data from PostgreSQL into messages, and passes on those of one kind without copying them from the socket's
 * buffer. node-postgres would create an object or a string for each, and would first collect a message of 1 GB in
 * memory. This reader discards the rest of a message that exceeds the limit as it arrives.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class MessageReader {
  readonly #code: number;
  readonly #limit: number;
  readonly #callbacks: MessageCallbacks;
  /** The first part of a header. */
  #rest: Buffer | undefined;
  #partial: Partial | undefined;

  /**
   * @param kind the letter of the wanted messages.
   * @param limit maximum size of a wanted message in bytes. A larger one is not read completely.
   */
  constructor(kind: string, limit: number, callbacks: MessageCallbacks) {
    this.#code = kind.charCodeAt(0);
    this.#limit = limit;
    this.#callbacks = callbacks;
  }

  /** Processes received data. */
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
    // A copy, because the stream may reuse its buffer.
    if (offset < buffer.length) this.#rest = Buffer.from(buffer.subarray(offset));
  }

  #begin(buffer: Buffer, offset: number, end: number): void {
    const size = end - offset;
    const isLarge = buffer[offset] === this.#code && size - header > this.#limit;
    const kept = Buffer.allocUnsafe(isLarge ? Math.min(size, headOfLarge) : size);
    const filled = buffer.copy(kept, 0, offset);
    this.#partial = { kept, filled, missing: end - buffer.length, size };
  }

  /** Returns the offset of the next message. */
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
 * Reads the socket of a connection instead of node-postgres, which still receives all messages except those of one
 * kind.
 *
 * @param kind the letter of the wanted messages.
 * @param arrived called after each received chunk was processed.
 * @param failed called with errors of the callbacks.
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
