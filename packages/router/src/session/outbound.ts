import type { Counters } from '../stats.ts';
import type { Frame } from '../transports/frame.ts';
import type { Transport } from '../transports/transport.ts';

/** The way out to one peer, with the bound on what may wait there. */
export class Outbound {
  readonly #transport: Transport;
  readonly #counters: Counters;
  readonly #maxBufferedBytes: number;
  readonly #onOverflow: () => void;
  #closed = false;

  constructor(transport: Transport, counters: Counters, maxBufferedBytes: number, onOverflow: () => void) {
    this.#transport = transport;
    this.#counters = counters;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#onOverflow = onOverflow;
  }

  send(frame: Frame): void {
    if (this.#closed) return;
    this.#counters.messagesOut++;
    this.#transport.send(frame);
    if (this.#transport.bufferedAmount > this.#maxBufferedBytes) this.#onOverflow();
  }

  /** Nothing is sent from here on. */
  close(): void {
    this.#closed = true;
  }
}
