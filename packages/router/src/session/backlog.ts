import type { Content } from '@pgwamp/protocol';
import type { Transport } from '../transports/transport.ts';

/**
 * Frames of a session whose turn has not come, because an earlier one waits for somebody else: they are handled in
 * order, and meanwhile no more are read than had arrived already. Nor are more read of who does not take the answers.
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

  /** Whether the frame has to wait; then it is kept. */
  keep(content: Content): boolean {
    if (this.#frames === undefined) return false;
    this.#frames.push(content);
    return true;
  }

  /** Lets frames wait until something is done. */
  async waitFor(pending: Promise<unknown>): Promise<void> {
    this.#frames = [];
    this.#transport.pause();
    await pending;
    this.release();
  }

  /** Takes the frames that have waited, until one of them has to wait itself. */
  release(): void {
    if (this.#frames === undefined) return;
    const frames = this.#frames;
    this.#frames = undefined;
    for (const frame of frames) this.#receive(frame);
    this.readOn();
  }

  /** Reads no more while too much is to be taken by the client. */
  holdBack(): void {
    if (this.#transport.bufferedAmount > this.#highWaterBytes) this.#transport.pause();
  }

  /** Reads on, unless something waits or too much is to be taken by the client first. */
  readOn(): void {
    if (this.#frames === undefined && this.#transport.bufferedAmount <= this.#highWaterBytes) this.#transport.resume();
  }
}
