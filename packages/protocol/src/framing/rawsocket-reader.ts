import { CloseCode } from '../close-code.ts';
import { ProtocolError } from '../errors.ts';
import { ChunkQueue } from './chunk-queue.ts';
import { PREFIX_SIZE, readPrefix } from './rawsocket-framing.ts';

/**
 * A peer sent an invalid or oversized RawSocket frame: its connection ends.
 *
 * @remarks Fix the peer, or raise `limits.maxMessageSize`.
 */
export class FrameFault extends ProtocolError {
  readonly code = 'PGWAMP_FRAME';
  /** What the connection is to be closed with. */
  readonly closeCode: number;

  constructor(closeCode: number, message: string) {
    super(message);
    this.closeCode = closeCode;
  }
}

interface Head {
  readonly type: number;
  readonly length: number;
}

/** Cuts the bytes of a connection into frames. */
export class RawSocketReader {
  /** The longest frame that is taken, in bytes. */
  maxLength: number;
  readonly #received = new ChunkQueue();
  #head: Head | undefined;

  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  push(chunk: Buffer): void {
    this.#received.push(chunk);
  }

  clear(): void {
    this.#received.clear();
    this.#head = undefined;
  }

  /**
   * The next frame, if it has arrived whole.
   *
   * @throws FrameFault
   */
  next(): { readonly type: number; readonly bytes: Buffer } | undefined {
    this.#head ??= this.#readHead();
    if (this.#head === undefined || this.#received.size < this.#head.length) return undefined;
    const { type, length } = this.#head;
    this.#head = undefined;
    return { type, bytes: this.#received.take(length) };
  }

  #readHead(): Head | undefined {
    if (this.#received.size < PREFIX_SIZE) return undefined;
    const head = readPrefix(this.#received.take(PREFIX_SIZE));
    if (head === undefined) throw new FrameFault(CloseCode.PROTOCOL_ERROR, 'a frame uses reserved bits');
    if (head.length <= this.maxLength) return head;
    throw new FrameFault(
      CloseCode.MESSAGE_TOO_BIG,
      `a frame of ${head.length} bytes is longer than the ${this.maxLength} allowed`,
    );
  }
}
