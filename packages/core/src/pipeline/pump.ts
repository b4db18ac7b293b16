import { Doorbell } from '../doorbell.ts';
import { Lost, Refused } from '../errors.ts';
import { type Entry, Ledger } from './ledger.ts';
import {
  type Batch,
  type Message,
  messageOverhead,
  type Receipt,
  type Receipts,
  type Sink,
  type Source,
} from './message.ts';
import type { Quarantine } from './quarantine.ts';

/** How much may wait for the receiver's answer. */
export interface Window {
  /** Messages; 1 or more. */
  readonly messages: number;
  /** Bytes of their payloads; a larger message goes alone. */
  readonly bytes: number;
}

/** What pumps have done since a component was made. */
export interface Counts {
  /** Messages that the receiver has; repeats count. */
  accepted: number;
  refused: number;
}

/** What a pump works on. */
export interface Flow<M extends Message = Message> {
  readonly source: Source<M>;
  readonly sink: Sink<M>;
  readonly receipts: Receipts<M>;
  readonly window: Window;
  readonly counts: Counts;
  readonly quarantine: Quarantine;
}

/**
 * Moves messages from a source to a sink: in order, with a bounded window on its way, and confirms a position to the source
 * when everything before it is settled. Settled is what the receiver has, or what was refused and written down as refused.
 *
 * @example
 * ```ts
 * const pump = new Pump({ source, sink, receipts, window: { messages: 256, bytes: 16 * 1024 * 1024 }, counts, quarantine });
 * await pump.run(stop);
 * ```
 */
export class Pump<M extends Message = Message> {
  readonly #flow: Flow<M>;
  readonly #ledger = new Ledger();
  readonly #progress = new Doorbell();
  readonly #failed = new AbortController();
  #inFlight = 0;
  /** Rings when no more than this is on its way; -1 while nobody waits. */
  #wakeAt = -1;
  #halted = false;
  #bytes = 0;
  /** What is on its way is a suspect. */
  #careful = false;
  #confirmed: Promise<void> = Promise.resolve();

  constructor(flow: Flow<M>) {
    this.#flow = flow;
  }

  /** Messages on their way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Pumps until `stop` aborts, or until the batches end; then waits for what is on its way.
   *
   * @param stop no further batch is begun once it aborts. One that is begun is sent to its end: else it could not be confirmed, and
   *   would come again.
   * @param lost nothing more is sent once it aborts; the same as `stop` if left out.
   * @throws why the source, the sink or the place of receipts was lost.
   */
  async run(stop: AbortSignal, lost: AbortSignal = stop): Promise<void> {
    const halt = AbortSignal.any([lost, this.#failed.signal]);
    // A field, since looking at a composed signal for every message can be measured.
    halt.addEventListener('abort', () => this.#halt());
    if (halt.aborted) this.#halt();
    for await (const batch of this.#flow.source.read(AbortSignal.any([stop, halt]))) {
      if (!(await this.#sendAll(batch))) break;
    }
    while (this.#inFlight > 0) await this.#halved();
    await this.#confirmed;
    this.#failed.signal.throwIfAborted();
  }

  async #sendAll(batch: Batch<M>): Promise<boolean> {
    const entry = this.#ledger.open(batch);
    for (const message of batch.messages) {
      const suspect = this.#flow.quarantine.isSuspect(message);
      while (this.#isFull(message, suspect) && !this.#halted) await this.#halved();
      if (this.#halted) return false;
      this.#careful = suspect;
      this.#send(message, entry);
    }
    this.#settle(entry);
    return true;
  }

  #isFull({ size }: M, suspect: boolean): boolean {
    const { messages, bytes } = this.#flow.window;
    if (this.#inFlight === 0) return false;
    if (suspect || this.#careful || this.#inFlight >= messages) return true;
    return this.#bytes + size + messageOverhead > bytes;
  }

  /** Waits until half of what is on its way is settled, since waking up for every message would cost more than sending it. */
  async #halved(): Promise<void> {
    this.#failed.signal.throwIfAborted();
    this.#wakeAt = this.#inFlight >> 1;
    await this.#progress.wait();
    this.#wakeAt = -1;
    this.#failed.signal.throwIfAborted();
  }

  #halt(): void {
    this.#halted = true;
    this.#progress.ring();
  }

  // Not async, since a promise more for every message can be measured.
  #send(message: M, entry: Entry): void {
    this.#inFlight += 1;
    this.#bytes += message.size + messageOverhead;
    const refusal = message.refusal ?? this.#flow.quarantine.verdict(message);
    if (refusal) {
      this.#refuse(message, refusal, entry);
      return;
    }
    this.#flow.sink.send(message).then(
      (receipt) => this.#accept(message, receipt, entry),
      (error: unknown) => this.#reject(message, this.#explain(error), entry),
    );
  }

  #explain(error: unknown): unknown {
    const { sink } = this.#flow;
    return sink.explain ? sink.explain(error) : error;
  }

  #accept(message: M, receipt: Receipt, entry: Entry): void {
    this.#flow.counts.accepted += 1;
    try {
      const written = this.#flow.receipts.accepted(message, receipt);
      if (written !== undefined) this.#await(written, message, entry);
      else this.#finish(message, entry);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A connection that ended over the only message on its way has refused that one; any other loss is the end of this pump. */
  #reject(message: M, error: unknown, entry: Entry): void {
    if (error instanceof Refused) {
      this.#refuse(message, error, entry);
    } else if (!(error instanceof Lost)) {
      this.#fail(error);
    } else if (error.blamesMessage && this.#inFlight === 1) {
      this.#refuse(message, new Refused('poison', error.message, { cause: error.cause }), entry);
    } else {
      if (error.blamesMessage) this.#flow.quarantine.suspect(message);
      this.#fail(error.cause ?? error);
    }
  }

  #refuse(message: M, why: Refused, entry: Entry): void {
    const written = this.#flow.receipts.refused(message, why).then(() => {
      this.#flow.counts.refused += 1;
      if (why.kind === 'poison') this.#flow.quarantine.convict(message, why);
    });
    this.#await(written, message, entry);
  }

  #await(written: Promise<void>, message: M, entry: Entry): void {
    written.then(
      () => this.#finish(message, entry),
      (error: unknown) => this.#fail(error),
    );
  }

  #finish(message: M, entry: Entry): void {
    this.#inFlight -= 1;
    this.#bytes -= message.size + messageOverhead;
    if (this.#careful) this.#flow.quarantine.acquit(message);
    this.#settle(entry);
    if (this.#inFlight <= this.#wakeAt) this.#progress.ring();
  }

  #settle(entry: Entry): void {
    const confirm = this.#ledger.settle(entry);
    if (confirm) this.#confirmed = this.#confirmed.then(confirm).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
    this.#progress.ring();
  }
}
