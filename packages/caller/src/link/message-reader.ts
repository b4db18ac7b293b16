import { ChunkQueue } from '@pgwamp/protocol/internal';
import { LinkFault, protocolViolation } from './link-fault.ts';

const typeSize = 1;
const lengthSize = 4;

/** A message of the protocol, as a client sends it. */
export interface Message {
  /** A letter. */
  readonly type: string;
  /** To be used at once: the memory belongs to the socket. */
  readonly body: Buffer;
}

/**
 * Cuts the bytes of a connection into messages. What has come of one is kept as it came, so that nothing is reserved on the word of
 * a length alone.
 *
 * @see https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS
 */
export class MessageReader {
  #limit: number;
  #skips = false;
  readonly #received = new ChunkQueue();
  #discarding = 0;

  /** @param limit bytes of the longest message that is taken; a longer one is a fatal fault. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** From now on messages may have so many bytes, and a longer one is skipped. */
  trust(limit: number): void {
    this.#limit = limit;
    this.#skips = true;
  }

  /** Bytes that have come and were not taken yet. */
  get size(): number {
    return this.#received.size;
  }

  push(chunk: Buffer): void {
    const wanted = this.#discarding === 0 ? chunk : this.#discard(chunk);
    if (wanted.length > 0) this.#received.push(wanted);
  }

  clear(): void {
    this.#received.clear();
  }

  /**
   * The content of the next packet of a connection that begins: those have no type.
   *
   * @throws `LinkFault`, fatal, if its length is impossible.
   */
  packet(): Buffer | undefined {
    const length = this.#lengthAt(0);
    if (length === undefined) return undefined;
    if (length > this.#limit) throw protocolViolation('invalid length of startup packet');
    return this.#take(length)?.subarray(lengthSize);
  }

  /**
   * The next message, if it has arrived whole.
   *
   * @throws `LinkFault` if it is too long, fatal unless it will be skipped; also if its length is impossible.
   */
  message(): Message | undefined {
    const length = this.#lengthAt(typeSize);
    if (length === undefined) return undefined;
    if (length > this.#limit) throw this.#tooLong(length);
    const bytes = this.#take(typeSize + length);
    return bytes && { type: String.fromCharCode(bytes[0] ?? 0), body: bytes.subarray(typeSize + lengthSize) };
  }

  #lengthAt(offset: number): number | undefined {
    const needed = offset + lengthSize;
    if (this.#received.size < needed) return undefined;
    const length = this.#received.peek(needed).readInt32BE(offset);
    if (length < lengthSize) throw protocolViolation('invalid message length');
    return length;
  }

  #tooLong(length: number): LinkFault {
    if (!this.#skips) return protocolViolation('invalid message length');
    const waiting = this.#take(Math.min(typeSize + length, this.#received.size));
    this.#discarding = typeSize + length - (waiting?.length ?? 0);
    const hint = 'The limit is extra.link.max_message_size of the Caller.';
    return new LinkFault('54000', `a message of ${length} bytes is longer than the ${this.#limit} allowed`, { hint });
  }

  #discard(chunk: Buffer): Buffer {
    const rest = chunk.subarray(this.#discarding);
    this.#discarding -= chunk.length - rest.length;
    return rest;
  }

  #take(length: number): Buffer | undefined {
    return this.#received.size < length ? undefined : this.#received.take(length);
  }
}
