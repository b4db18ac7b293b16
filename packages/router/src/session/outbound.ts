import type { HeadElement, Serializer } from '@pgwamp/protocol';
import { Frame, NO_PAYLOAD } from '@pgwamp/protocol';
import type { Counters } from '../stats.ts';
import type { Transport } from '../transports/transport.ts';

/** Sends frames to one peer and limits the bytes that wait for it. */
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

  /** Sends a message without payload. */
  say(head: readonly HeadElement[]): void {
    this.send(new Frame(this.#serializer.encode(head, NO_PAYLOAD)));
  }

  /** Sends nothing from now on. */
  close(): void {
    this.#closed = true;
  }

  #overflow(): void {
    this.#closed = true;
    // Asynchronous: the receivers of the end may be slow too, and thousands of nested calls would overflow the stack.
    queueMicrotask(this.#onOverflow);
  }
}
