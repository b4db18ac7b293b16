import { Doorbell } from '../doorbell.ts';
import { Lost, Refused } from '../errors.ts';
import {
  type Batch,
  type Message,
  messageOverhead,
  type Outcomes,
  type Receipts,
  type Sink,
  type Source,
} from './message.ts';
import type { Quarantine } from './quarantine.ts';

/** Limit on the messages that wait for the receiver's acknowledgement. */
export interface Window {
  /** Number of messages; 1 or more. */
  readonly messages: number;
  /** Size of their payloads in bytes. A larger message is sent alone. */
  readonly bytes: number;
}

/** Counts of all pumps of a component. */
export interface Counts {
  /** Number of messages that the receiver has accepted, including repeats. */
  accepted: number;
  refused: number;
}

/** A batch that is being delivered. */
interface Entry {
  readonly confirm: Batch['confirm'];
  /** Number of unsettled messages, plus one while the batch is being sent. */
  outstanding: number;
}

/** The parts that a pump connects. */
export interface Flow<M extends Message = Message> {
  readonly source: Source<M>;
  readonly sink: Sink<M>;
  readonly receipts: Receipts<M>;
  readonly window: Window;
  readonly counts: Counts;
  readonly quarantine: Quarantine;
}

/**
 * Moves messages from a source to a sink, in order. A window limits the unacknowledged messages. The pump confirms a
 * position to the source when everything before it is settled. A message is settled when the receiver has accepted it,
 * or when its refusal has been recorded.
 *
 * @example
 * ```ts
 * const pump = new Pump({ source, sink, receipts, window: { messages: 256, bytes: 16 * 1024 * 1024 }, counts, quarantine });
 * await pump.run(stop);
 * ```
 */
export class Pump<M extends Message = Message> {
  readonly #flow: Flow<M>;
  /** The batches being delivered, in order: only those with no unsettled message before their end are confirmed. */
  readonly #ledger: Entry[] = [];
  readonly #progress = new Doorbell();
  readonly #failed = new AbortController();
  #inFlight = 0;
  /** The doorbell rings when no more messages than this are in flight; -1 while nothing waits. */
  #wakeAt = -1;
  #halted = false;
  #bytes = 0;
  /** The message in flight is sent alone. */
  #isAlone = false;
  #confirmed: Promise<void> = Promise.resolve();

  constructor(flow: Flow<M>) {
    this.#flow = flow;
  }

  /** Number of messages in flight. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Moves messages until `stop` aborts or the source ends, then waits for the messages in flight.
   *
   * @param stop stops at the end of the current batch. A batch is always sent completely. Otherwise it could not be
   *   confirmed and would be sent again.
   * @param lost stops sending immediately. Default: `stop`.
   * @throws the reason why the source, the sink or the receipts were lost.
   */
  async run(stop: AbortSignal, lost: AbortSignal = stop): Promise<void> {
    const halt = AbortSignal.any([lost, this.#failed.signal]);
    // A field, because checking a composed signal for every message costs measurable time.
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
    const entry = { confirm: batch.confirm, outstanding: batch.messages.length + 1 };
    this.#ledger.push(entry);
    const outcomes = this.#outcomesOf(entry);
    const { quarantine, sink } = this.#flow;
    for (const message of batch.messages) {
      const isAlone = message.isAlone === true || (!quarantine.isEmpty && quarantine.isSuspect(message));
      while (this.#isFull(message, isAlone) && !this.#halted) await this.#halved();
      if (this.#halted) return false;
      this.#isAlone = isAlone;
      this.#inFlight += 1;
      this.#bytes += message.size + messageOverhead;
      const refusal = message.refusal ?? (quarantine.isEmpty ? undefined : quarantine.verdict(message));
      if (refusal) this.#refuse(message, refusal, entry);
      else sink.send(message, outcomes);
    }
    this.#settle(entry);
    return true;
  }

  #isFull({ size }: M, isAlone: boolean): boolean {
    const { messages, bytes } = this.#flow.window;
    if (this.#inFlight === 0) return false;
    if (isAlone || this.#isAlone || this.#inFlight >= messages) return true;
    return this.#bytes + size + messageOverhead > bytes;
  }

  /**
   * Waits until half of the messages in flight are settled. Waking up for every message would cost more than sending
   * it.
   */
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

  /** The outcomes of the messages of one batch. */
  #outcomesOf(entry: Entry): Outcomes<M> {
    return {
      accepted: (message, receipt) => {
        this.#flow.counts.accepted += 1;
        try {
          const written = this.#flow.receipts.accepted(message, receipt);
          if (written !== undefined) this.#await(written, message, entry);
          else this.#finish(message, entry);
        } catch (error) {
          this.#fail(error);
        }
      },
      failed: (message, error) => this.#reject(message, error, entry),
    };
  }

  /** If a connection ended with only one message in flight, that message is refused. Any other loss ends this pump. */
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
    if (this.#isAlone) this.#flow.quarantine.acquit(message);
    this.#settle(entry);
    if (this.#inFlight > this.#wakeAt) return;
    this.#wakeAt = -1;
    this.#progress.ring();
  }

  /** Confirming a batch also confirms the earlier ones, so only the last settled one is confirmed. */
  #settle(entry: Entry): void {
    entry.outstanding -= 1;
    let confirm: Batch['confirm'];
    while (this.#ledger[0]?.outstanding === 0) confirm = this.#ledger.shift()?.confirm ?? confirm;
    if (confirm) this.#confirmed = this.#confirmed.then(confirm).catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
    this.#progress.ring();
  }
}
