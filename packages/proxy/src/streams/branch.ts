import { Doorbell } from '@pgwamp/core/internal/component';
import { type Batch, messageOverhead, type Source } from '@pgwamp/core/internal/pipeline';
import type { OutgoingMessage } from '../sinks/sink.ts';

/** Messages for one sink that arrived together. */
export interface BranchBatch {
  readonly messages: readonly OutgoingMessage[];
  /** Called when the sink has all of them and all before. Undefined if the batch ends within a transaction. */
  readonly settled: (() => Promise<void> | void) | undefined;
}

interface Pending extends BranchBatch {
  readonly bytes: number;
}

/**
 * The bytes that a reader keeps ready for a sink. The value is small, so that messages are collected as young garbage:
 * old garbage is collected late and at great cost, and a transaction of a million rows would fill the memory with it.
 */
const ahead = 128 * 1024;

/**
 * The messages of a stream for one sink, kept until the sink has them. After a loss, the next connection receives the
 * unconfirmed messages again, and no others.
 */
export class Branch implements Source<OutgoingMessage> {
  readonly #limit: number;
  readonly #moved: () => void;
  readonly #given = new Doorbell();
  readonly #taken = new Doorbell();
  /** The unsettled batches, in order. */
  #pending: Pending[] = [];
  /** The number of the first pending batch, and of the first one not yet handed out. */
  #first = 0;
  #next = 0;
  #bytes = 0;
  /** The bytes of batches not yet handed out. */
  #ready = 0;

  /**
   * @param limit limit of waiting bytes.
   * @param moved called when the sink has taken or settled a batch.
   */
  constructor(limit: number, moved: () => void = () => undefined) {
    this.#limit = limit;
    this.#moved = moved;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limit;
  }

  /** Whether the sink has few messages left, and room for more. */
  get runsLow(): boolean {
    return this.#ready < ahead && !this.isFull;
  }

  /** All messages of unsettled batches; the sink may have some of them. */
  *unsettled(): Generator<OutgoingMessage> {
    for (const { messages } of this.#pending) yield* messages;
  }

  /** Adds a batch. A batch without messages is settled immediately if nothing waits, also without a connection. */
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

  /** Removes the part of a transaction that was not handed out; the whole transaction is repeated. */
  dropIncomplete(): void {
    while (this.#pending.length > this.#next - this.#first && this.#pending.at(-1)?.settled === undefined) {
      const { bytes = 0 } = this.#pending.pop() ?? {};
      this.#bytes -= bytes;
      this.#ready -= bytes;
    }
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
      this.#ring();
      // This also applies to a part of a transaction: messages that the sink has need not stay in memory until the
      // transaction ends.
      yield { messages: unsettled(batch.messages), confirm: () => this.#settle(number) };
    }
  }

  /** The owner of the stream closes it. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #settle(number: number): Promise<void> {
    const settled = this.#pending.splice(0, number + 1 - this.#first);
    this.#first += settled.length;
    for (const { bytes } of settled) this.#bytes -= bytes;
    this.#ring();
    for (const batch of settled) await batch.settled?.();
  }

  #ring(): void {
    this.#taken.ring();
    this.#moved();
  }
}

/** Messages that the sink does not have. It may have received some before the connection was lost. */
function unsettled(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[] {
  const isSettled = ({ progress }: OutgoingMessage) => progress.state === 'settled';
  return messages.some(isSettled) ? messages.filter((message) => !isSettled(message)) : messages;
}
