import type { Socket } from 'node:net';
import type { Frame, Framing } from '@pgwamp/protocol';

const NOTHING = new Uint8Array(0);
// Frames up to this size, in bytes, are written into one buffer, which costs less than a buffer for each.
const SMALL = 1024;

/** The outputs with frames of this turn of the event loop. One immediate serves all of them. */
let waiting: SocketOutput[] = [];

/** Writes the frames of this turn to all sockets. */
export function flushOutputs(): void {
  const outputs = waiting;
  waiting = [];
  for (const output of outputs) output.flush();
}

/** Writes to a socket. All frames of one turn of the event loop are written together. */
export class SocketOutput {
  readonly #socket: Socket;
  #framing: Framing | undefined;
  /** The first frame of this turn. Most outputs have no other, so the list of the others is made on demand. */
  #first: Frame | undefined;
  #others: Frame[] | undefined;
  #bytes = 0;
  /** Whether the socket kept bytes after the last write. With thousands of receivers, asking each socket takes time. */
  #hasUnsent = false;
  #watching = false;
  /** Called when the socket has flushed everything that was written before the last {@link watch}. */
  ontaken: () => void = () => {};

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** The bytes that the operating system has not taken yet. */
  get bufferedAmount(): number {
    return this.#bytes + (this.#hasUnsent ? this.#socket.writableLength : 0);
  }

  /**
   * Writes a frame at the end of the turn.
   *
   * @throws any error if the frame cannot be encoded
   */
  send(frame: Frame, framing: Framing): void {
    if (framing !== this.#framing) {
      this.flush();
      this.#framing = framing;
    }
    const size = frame.size(framing);
    // A small frame can always be encoded.
    if (size > SMALL) frame.wire(framing);
    this.#bytes += size;
    if (this.#first === undefined) {
      this.#first = frame;
      if (waiting.push(this) === 1) setImmediate(flushOutputs);
    } else if (this.#others === undefined) {
      this.#others = [frame];
    } else {
      this.#others.push(frame);
    }
  }

  /** Writes bytes immediately, after all frames. */
  write(bytes: Uint8Array): void {
    this.flush();
    if (!this.#socket.writable) return;
    this.#socket.write(bytes);
    this.#hasUnsent = this.#socket.writableLength > 0;
  }

  /** Writes the frames of this turn. */
  flush(): void {
    const framing = this.#framing;
    const first = this.#first;
    const others = this.#others;
    const bytes = this.#bytes;
    if (framing === undefined || first === undefined) return;
    this.#first = undefined;
    this.#others = undefined;
    this.#bytes = 0;
    const socket = this.#socket;
    if (!socket.writable) return;
    if (others === undefined) {
      socket.write(first.wire(framing));
    } else if (bytes <= (others.length + 1) * SMALL) {
      socket.write(joined(first, others, framing, bytes));
    } else {
      // Large frames are shared with other receivers.
      socket.cork();
      socket.write(first.wire(framing));
      for (const frame of others) socket.write(frame.wire(framing));
      socket.uncork();
    }
    this.#hasUnsent = socket.writableLength > 0;
  }

  /** Ends the socket after everything that was written. */
  end(): void {
    this.flush();
    this.#socket.end();
  }

  /**
   * Calls {@link ontaken} once everything written so far is flushed. Unlike `drain`, this also works for small amounts.
   */
  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.flush();
    this.#socket.write(NOTHING, (error) => {
      this.#watching = false;
      if (!error) this.ontaken();
    });
  }
}

function joined(first: Frame, others: readonly Frame[], framing: Framing, bytes: number): Buffer {
  const all = Buffer.allocUnsafe(bytes);
  let at = first.size(framing);
  framing.write(first.content, all, 0, at);
  for (const frame of others) {
    const size = frame.size(framing);
    framing.write(frame.content, all, at, size);
    at += size;
  }
  return all;
}
