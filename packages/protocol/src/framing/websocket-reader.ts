import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { ChunkQueue } from './chunk-queue.ts';

// Final frames without reserved bits.
const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const PONG = 0x8a;

const MASK_SIZE = 4;
const NOT_ASCII = 0x80;
const MAX_CONTROL_LENGTH = 125;
const NOTHING = Buffer.alloc(0);

/** The parts of a WebSocket of `ws` that {@link readMessages} uses. */
export interface ReadableWebSocket {
  /** The extensions that both ends have agreed on. */
  readonly extensions: string;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
}

/** The frames that {@link readMessages} reads itself. */
export interface ReadTerms {
  /** Whether the other end masks its frames: a client does, a server does not. */
  readonly masked: boolean;
  /** The length limit of a message, in bytes. */
  readonly maxLength: number;
}

/** The receiver of the messages. A text is UTF-8. */
export interface MessageReceiver {
  receive(content: Buffer, isBinary: boolean): void;
}

type DataListener = (this: Socket, chunk: Buffer) => void;

/**
 * Reads the messages of an open WebSocket of `ws`, most of them in less time than `ws` does: whole, unfragmented, valid
 * text and binary frames. All other frames go to `ws` unchanged and in order. After the first one that is neither ping
 * nor pong, `ws` reads the connection alone: fragments, a close frame, a violation of the protocol.
 */
export function readMessages(
  webSocket: ReadableWebSocket,
  socket: Socket,
  terms: ReadTerms,
  receiver: MessageReceiver,
): void {
  webSocket.on('message', (data, isBinary) => receiver.receive(data, isBinary));
  const listeners = socket.listeners('data') as DataListener[];
  if (webSocket.extensions === '' && listeners.length === 1) {
    new WebSocketReader(socket, terms, receiver, listeners[0] as DataListener);
  }
}

/** The beginning of a frame. */
interface HeldFrame {
  readonly queue: ChunkQueue;
  /** The number of bytes without which there is nothing to read. */
  readonly needed: number;
  /** Gives the bytes to `ws`. */
  readonly release: () => void;
}

class WebSocketReader {
  readonly #socket: Socket;
  readonly #terms: ReadTerms;
  readonly #receiver: MessageReceiver;
  readonly #readByWs: DataListener;
  #held: HeldFrame | undefined;

  constructor(socket: Socket, terms: ReadTerms, receiver: MessageReceiver, readByWs: DataListener) {
    this.#socket = socket;
    this.#terms = terms;
    this.#receiver = receiver;
    this.#readByWs = readByWs;
    socket.prependListener('data', this.#read);
    socket.off('data', readByWs);
  }

  readonly #read = (arrived: Buffer): void => {
    const bytes = this.#held === undefined ? arrived : this.#join(this.#held, arrived);
    for (let at = 0; at < bytes.length; ) at = this.#readFrame(bytes, at);
  };

  /** Returns the offset to read on from. */
  #readFrame(bytes: Buffer, at: number): number {
    const { masked, maxLength } = this.#terms;
    if (bytes.length < at + 2) return this.#hold(bytes, at, 2);
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const short = second & 0x7f;
    const isData = first === TEXT || first === BINARY;
    const isHeartbeat = (first === PING || first === PONG) && short <= MAX_CONTROL_LENGTH;
    if (!((isData || isHeartbeat) && second >= 0x80 === masked)) return this.#leave(bytes, at);
    const lengthEnd = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    const start = masked ? lengthEnd + MASK_SIZE : lengthEnd;
    if (start > bytes.length) return this.#hold(bytes, at, start - at);
    const length = short < 126 ? short : longLength(bytes, lengthEnd, short);
    if (length > maxLength) return this.#leave(bytes, at);
    const end = start + length;
    if (end > bytes.length) return this.#hold(bytes, at, end - at);
    if (isHeartbeat) this.#readByWs.call(this.#socket, bytes.subarray(at, end));
    else if (!this.#take(first, bytes, start, end)) return this.#leave(bytes, at);
    return end;
  }

  /** Returns whether the message is valid. */
  #take(first: number, bytes: Buffer, start: number, end: number): boolean {
    const { masked } = this.#terms;
    const bits = masked ? unmask(bytes, start, end) : NOT_ASCII;
    const content = bytes.subarray(start, end);
    const isBinary = first === BINARY;
    if (!isBinary && bits >= NOT_ASCII && !isUtf8(content)) {
      if (masked) unmask(bytes, start, end);
      return false;
    }
    this.#receiver.receive(content, isBinary);
    return true;
  }

  /** Waits until the frame that begins at `at` has `needed` bytes. */
  #hold(bytes: Buffer, at: number, needed: number): number {
    const queue = new ChunkQueue();
    queue.push(bytes.subarray(at));
    // When a paused socket closes, `ws` reads the bytes that have not been read.
    const release = () => this.#readByWs.call(this.#socket, queue.take(queue.size));
    this.#socket.prependListener('close', release);
    this.#held = { queue, needed, release };
    return bytes.length;
  }

  #join({ queue, needed, release }: HeldFrame, arrived: Buffer): Buffer {
    queue.push(arrived);
    if (queue.size < needed) return NOTHING;
    this.#socket.off('close', release);
    this.#held = undefined;
    return queue.take(queue.size);
  }

  /** Leaves these bytes and all later ones to `ws`. */
  #leave(bytes: Buffer, at: number): number {
    // In this order: `ws` removes its listener when it reads a close frame.
    this.#socket.prependListener('data', this.#readByWs);
    this.#socket.off('data', this.#read);
    this.#readByWs.call(this.#socket, bytes.subarray(at));
    return bytes.length;
  }
}

function longLength(bytes: Buffer, end: number, short: number): number {
  return short === 126 ? bytes.readUInt16BE(end - 2) : Number(bytes.readBigUInt64BE(end - 8));
}

/**
 * Masks or unmasks the payload of a frame. The mask precedes it. One byte a step would take twice the time.
 *
 * @returns all bits that are set in any byte
 */
function unmask(bytes: Buffer, start: number, end: number): number {
  const one = bytes[start - 4] as number;
  const two = bytes[start - 3] as number;
  const three = bytes[start - 2] as number;
  const four = bytes[start - 1] as number;
  let at = start;
  let bits = 0;
  for (; at + 3 < end; at += 4) {
    const a = (bytes[at] as number) ^ one;
    const b = (bytes[at + 1] as number) ^ two;
    const c = (bytes[at + 2] as number) ^ three;
    const d = (bytes[at + 3] as number) ^ four;
    bytes[at] = a;
    bytes[at + 1] = b;
    bytes[at + 2] = c;
    bytes[at + 3] = d;
    bits |= a | b | c | d;
  }
  for (let index = 0; at < end; at++, index++) {
    const byte = (bytes[at] as number) ^ (bytes[start - 4 + index] as number);
    bytes[at] = byte;
    bits |= byte;
  }
  return bits;
}
