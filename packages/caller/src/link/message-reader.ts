import { ChunkQueue } from '@pgwamp/protocol/internal';
import { LinkFault, protocolViolation } from './link-fault.ts';

const typeSize = 1;
const lengthSize = 4;

/** A message of a client. */
export interface Message {
  /** The letter of its type. */
  readonly type: string;
  /** Only valid until the next read, because the memory belongs to the socket. */
  readonly body: Buffer;
}

/**
 * Splits the bytes of a connection into messages. Incomplete messages are buffered as received, so a false length never
 * reserves memory.
 *
 * @see https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS
 */
export class MessageReader {
  #limit: number;
  #skips = false;
  readonly #received = new ChunkQueue();
  #discarding = 0;

  /** @param limit size limit of a message in bytes. A larger one is a fatal fault. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Sets a new size limit. From now on, a larger message is skipped. */
  trust(limit: number): void {
    this.#limit = limit;
    this.#skips = true;
  }

  /** Number of bytes that have not been read. */
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
   * Returns the content of the next startup packet. These packets have no type.
   *
   * @throws a fatal `LinkFault` if the length is invalid.
   */
  packet(): Buffer | undefined {
    const length = this.#lengthAt(0);
    if (length === undefined) return undefined;
    if (length > this.#limit) throw protocolViolation('invalid length of startup packet');
    return this.#received.size < length ? undefined : this.#received.take(length).subarray(lengthSize);
  }

  /**
   * Returns the next message if it has arrived completely.
   *
   * @throws `LinkFault` if the message is too long (fatal unless it will be skipped), or if its length is invalid.
   */
  message(): Message | undefined {
    const length = this.#lengthAt(typeSize);
    if (length === undefined) return undefined;
    if (length > this.#limit) throw this.#tooLong(length);
    if (this.#received.size < typeSize + length) return undefined;
    const bytes = this.#received.take(typeSize + length);
    return { type: String.fromCharCode(bytes[0] ?? 0), body: bytes.subarray(typeSize + lengthSize) };
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
    const waiting = this.#received.take(Math.min(typeSize + length, this.#received.size));
    this.#discarding = typeSize + length - waiting.length;
    const hint = 'The limit is extra.link.max_message_size of the Caller.';
    return new LinkFault('54000', `a message of ${length} bytes is longer than the ${this.#limit} allowed`, { hint });
  }

  #discard(chunk: Buffer): Buffer {
    const rest = chunk.subarray(this.#discarding);
    this.#discarding -= chunk.length - rest.length;
    return rest;
  }
}
