import type { Content } from '@pgwamp/protocol';
import type { Transport } from '../transports/transport.ts';

/**
 * The frames of a session that wait behind an earlier frame whose handling is asynchronous. Frames are handled in
 * order. While frames wait, or while the client does not read its answers, the transport is paused: only frames that
 * have already arrived are kept.
 */
export class Backlog {
  readonly #transport: Transport;
  readonly #highWaterBytes: number;
  readonly #receive: (content: Content) => void;
  #frames: Content[] | undefined;

  constructor(transport: Transport, highWaterBytes: number, receive: (content: Content) => void) {
    this.#transport = transport;
    this.#highWaterBytes = highWaterBytes;
    this.#receive = receive;
  }

  /** Returns whether the frame has to wait; if so, it is kept. */
  keep(content: Content): boolean {
    if (this.#frames === undefined) return false;
    this.#frames.push(content);
    return true;
  }

  /** Queues all further frames until a promise is settled. */
  async waitFor(pending: Promise<unknown>): Promise<void> {
    this.#frames = [];
    this.#transport.pause();
    await pending;
    this.release();
  }

  /** Handles the waiting frames, until one of them has to wait itself. */
  release(): void {
    if (this.#frames === undefined) return;
    const frames = this.#frames;
    this.#frames = undefined;
    for (const frame of frames) this.#receive(frame);
    this.readOn();
  }

  /** Stops reading while too many bytes wait for the client. */
  holdBack(): void {
    if (this.#transport.bufferedAmount > this.#highWaterBytes) this.#transport.pause();
  }

  /** Continues to read, unless frames wait or too many bytes wait for the client. */
  readOn(): void {
    if (this.#frames === undefined && this.#transport.bufferedAmount <= this.#highWaterBytes) this.#transport.resume();
  }
}
