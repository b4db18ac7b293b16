/** The byte that begins a CopyData message, and the bytes before what it carries. */
const copyData = 'd'.charCodeAt(0);
const header = 5;
/** So much is kept of a message that is larger than the limit: enough to see what it is. */
const headOfLarge = 8 * 1024;

/** What is read out of a connection in copy mode. */
export interface CopyDataCallbacks {
  /**
   * A CopyData message.
   *
   * @param buffer what it carries is between `start` and `end`; only good until the call returns.
   * @param size bytes that it carries; more than there are, where it is larger than the limit.
   */
  data(buffer: Buffer, start: number, end: number, size: number): void;
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
 * Cuts a byte stream of PostgreSQL into its messages. node-postgres would gather a message of 1 GB before it hands it over; here the
 * rest of a message that is larger than the limit is passed over as it arrives.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class CopyDataReader {
  readonly #limit: number;
  readonly #callbacks: CopyDataCallbacks;
  /** The beginning of a header. */
  #rest: Buffer | undefined;
  #partial: Partial | undefined;

  /** @param limit bytes that a message may carry to be read whole. */
  constructor(limit: number, callbacks: CopyDataCallbacks) {
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
    const isLarge = buffer[offset] === copyData && size - header > this.#limit;
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
    if (buffer[offset] === copyData) this.#callbacks.data(buffer, offset + header, end, size - header);
    else this.#callbacks.other(buffer.subarray(offset, end));
  }
}
