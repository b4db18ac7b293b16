import type { HeadElement, Serializer } from '@pgwamp/protocol';
import { Frame, NO_PAYLOAD } from '@pgwamp/protocol';
import type { Counters } from '../stats.ts';
import type { Transport } from '../transports/transport.ts';

/** The way out to one peer, with the bound on what may wait there. */
export class Outbound {
  readonly #transport: Transport;
  readonly #serializer: Serializer;
  readonly #counters: Counters;
  readonly #maxBufferedBytes: number;
  readonly #onOverflow: () => void;
  #closed = false;

  constructor(
    { transport, serializer }: { readonly transport: Transport; readonly serializer: Serializer },
    counters: Counters,
    maxBufferedBytes: number,
    onOverflow: () => void,
  ) {
    this.#transport = transport;
    this.#serializer = serializer;
    this.#counters = counters;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#onOverflow = onOverflow;
  }

  send(frame: Frame): void {
    if (this.#closed) return;
    this.#counters.messagesOut++;
    this.#transport.send(frame);
    if (this.#transport.bufferedAmount > this.#maxBufferedBytes) this.#overflow();
  }

  /** Sends a message that has no payload. */
  say(head: readonly HeadElement[]): void {
    this.send(new Frame(this.#serializer.encode(head, NO_PAYLOAD)));
  }

  /** Nothing is sent from here on. */
  close(): void {
    this.#closed = true;
  }

  #overflow(): void {
    this.#closed = true;
    // Not at once: those who are told of the end may be as slow, and thousands of them inside each other exceed the stack.
    queueMicrotask(this.#onOverflow);
  }
}
