import { Doorbell } from '@pgwamp/core/internal/component';
import { type Batch, messageOverhead, type Source } from '@pgwamp/core/internal/pipeline';
import type { OutgoingMessage } from '../sinks/sink.ts';

/** Messages for one sink that arrived together. */
export interface BranchBatch {
  readonly messages: readonly OutgoingMessage[];
  /** Called when the sink has all of them and all before. Undefined where the batch ends within a transaction. */
  readonly settled: (() => Promise<void> | void) | undefined;
}

interface Pending extends BranchBatch {
  readonly bytes: number;
}

/**
 * Bytes that a reader keeps ready for a sink. Little, so that what is read dies young: garbage that has grown old is collected late and at great
 * cost, and a transaction of a million rows would fill the memory with it.
 */
const ahead = 128 * 1024;

/**
 * What a stream has for one sink: it waits here until the sink has it. A connection that takes the place of a lost one is given again what
 * was not confirmed, and no more.
 */
export class Branch implements Source<OutgoingMessage> {
  readonly #limit: number;
  readonly #given = new Doorbell();
  readonly #taken = new Doorbell();
  readonly #accepted = new Set<OutgoingMessage>();
  /** Not settled yet, in order. */
  #pending: Pending[] = [];
  /** The number of the first pending one, and of the first that nobody has been given. */
  #first = 0;
  #next = 0;
  #bytes = 0;
  /** Bytes of those that nobody has been given. */
  #ready = 0;

  /** @param limit bytes that may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limit;
  }

  /** Whether the sink has little left to take, and room for more. */
  get runsLow(): boolean {
    return this.#ready < ahead && !this.isFull;
  }

  /** Messages that wait or are on their way. */
  get waiting(): number {
    return this.#pending.reduce((sum, { messages }) => sum + messages.length, 0) - this.#accepted.size;
  }

  /** Messages that the sink has, while something before them is on its way still. */
  get acceptedAhead(): Iterable<OutgoingMessage> {
    return this.#accepted;
  }

  /** Adds a batch. One without messages is settled at once if nothing waits, also while there is no connection. */
  async push({ messages, settled }: BranchBatch): Promise<void> {
    if (messages.length === 0 && this.#pending.length === 0) return settled?.();
    const bytes = messages.reduce((sum, { size }) => sum + size + messageOverhead, 0);
    this.#pending.push({ messages, settled, bytes });
    this.#bytes += bytes;
    this.#ready += bytes;
    this.#given.ring();
  }

  /** Resolves when half of the room is free, or the signal aborts. */
  async hasRoom(stop: AbortSignal): Promise<void> {
    using _ = this.#taken.ringOn(stop);
    while (this.#bytes > this.#limit / 2 && !stop.aborted) await this.#taken.wait();
  }

  /** Resolves when the sink runs low, or the signal aborts. */
  async low(stop: AbortSignal): Promise<void> {
    using _ = this.#taken.ringOn(stop);
    while (!this.runsLow && !stop.aborted) await this.#taken.wait();
  }

  /** Forgets the part of a transaction that was not given to the sink; the whole transaction comes again. */
  dropIncomplete(): void {
    while (this.#pending.length > this.#next - this.#first && this.#pending.at(-1)?.settled === undefined) {
      const { bytes = 0 } = this.#pending.pop() ?? {};
      this.#bytes -= bytes;
      this.#ready -= bytes;
    }
  }

  /** The sink has a message. */
  accept(message: OutgoingMessage): void {
    this.#accepted.add(message);
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch<OutgoingMessage>> {
    using _ = this.#given.ringOn(stop);
    this.#next = this.#first;
    this.#ready = this.#bytes;
    while (!stop.aborted) {
      const batch = this.#pending[this.#next - this.#first];
      if (!batch) {
        await this.#given.wait();
        continue;
      }
      const number = this.#next;
      this.#next += 1;
      this.#ready -= batch.bytes;
      this.#taken.ring();
      // Also of a part of a transaction: what the sink has need not stay in memory until the transaction ends.
      yield { messages: this.#unaccepted(batch.messages), confirm: () => this.#settle(number) };
    }
  }

  /** The stream that it belongs to is closed by whoever has opened that. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #unaccepted(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
    return this.#accepted.size === 0 ? messages : messages.filter((message) => !this.#accepted.has(message));
  }

  async #settle(number: number): Promise<void> {
    const settled = this.#pending.splice(0, number + 1 - this.#first);
    this.#first += settled.length;
    for (const { messages, bytes } of settled) {
      this.#bytes -= bytes;
      for (const message of messages) this.#accepted.delete(message);
    }
    this.#taken.ring();
    for (const batch of settled) await batch.settled?.();
  }
}
