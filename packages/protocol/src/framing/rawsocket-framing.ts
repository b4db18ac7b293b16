import { CloseCode } from '../codes.ts';
import { ProtocolError } from '../errors.ts';
import type { Content } from '../serializers/serializer.ts';
import { ChunkQueue } from './chunk-queue.ts';
import type { Framing } from './frame.ts';

/** Size of the prefix of each frame, in bytes. */
export const PREFIX_SIZE = 4;

/** The largest message that the protocol allows: 2^24 bytes. */
export const LONGEST_MESSAGE = 0x100_0000;

/** Types of RawSocket frames. */
export const FrameType = { MESSAGE: 0, PING: 1, PONG: 2 } as const;

/** Writes the prefix of a frame. Only a message of the largest size sets the 25th bit of the length. */
function writePrefix(type: number, length: number, into: Buffer, at: number): void {
  into.writeUInt32BE(type * LONGEST_MESSAGE + (length === LONGEST_MESSAGE ? 0x0800_0000 : length), at);
}

/**
 * Encodes a WAMP message as a RawSocket frame.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-rawsocket-transport
 */
export const rawSocketFraming: Framing = {
  sizeOf(content) {
    return PREFIX_SIZE + (typeof content === 'string' ? Buffer.byteLength(content) : content.length);
  },

  write(content, into, at, size) {
    writePrefix(FrameType.MESSAGE, size - PREFIX_SIZE, into, at);
    if (typeof content === 'string') into.write(content, at + PREFIX_SIZE);
    else into.set(content, at + PREFIX_SIZE);
  },
};

/** Encodes a frame of any type. */
export function rawSocketFrame(type: number, content: Content): Buffer {
  const size = rawSocketFraming.sizeOf(content);
  const wire = Buffer.allocUnsafe(size);
  rawSocketFraming.write(content, wire, 0, size);
  writePrefix(type, size - PREFIX_SIZE, wire, 0);
  return wire;
}

/** Decodes a prefix. Returns `undefined` if it uses reserved bits or types. */
function readPrefix(prefix: Buffer): { readonly type: number; readonly length: number } | undefined {
  const first = prefix[0] ?? 0;
  const type = first & 0x07;
  const length = prefix.readUIntBE(1, 3);
  const isLongest = (first & 0x08) !== 0;
  if (first > 0x0f || type > FrameType.PONG || (isLongest && length > 0)) return undefined;
  return { type, length: isLongest ? LONGEST_MESSAGE : length };
}

/**
 * A peer sent an invalid or oversized RawSocket frame: its connection ends.
 *
 * @remarks Fix the peer, or raise `limits.maxMessageSize`.
 */
export class FrameFault extends ProtocolError {
  readonly code = 'PGWAMP_FRAME';
  /** The WebSocket close code for the connection. */
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

/** Splits the bytes of a connection into frames. */
export class RawSocketReader {
  /** The size limit of received frames, in bytes. */
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
   * Returns the next frame, or `undefined` if it has not arrived completely.
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
