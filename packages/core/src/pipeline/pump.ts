import { Doorbell } from '../doorbell.ts';
import { SessionLostError, WampError } from '../errors.ts';
import { type Entry, Ledger } from './ledger.ts';
import { sizeOf, wantsAcknowledgement } from './publication.ts';
import type { Batch, Emission, Outcomes, Publication, Sink, Source } from './types.ts';

/** How much may be on its way to the router at once. */
export interface Window {
  /** Publications; 1 or more. */
  readonly publications: number;
  /** Characters of their text; a larger publication goes alone. */
  readonly characters: number;
}

/** What a pump has done since it began. */
export interface Counts {
  published: number;
  refused: number;
}

/** What a pump works on. */
export interface Flow {
  readonly source: Source;
  readonly sink: Sink;
  readonly outcomes: Outcomes;
  readonly window: Window;
  readonly counts: Counts;
  /**
   * The numbers of publications that were on their way when the router ended a session over one of them. Each goes alone when it
   * comes again, so that the one to blame shows itself and does not stand in the way for ever. The pump keeps account of
   * them, for the next pump.
   */
  readonly suspects: Set<string>;
}

/**
 * Moves publications from a source to a sink: in order, with a bounded window on its way, and confirms a position to the source
 * when everything before it has been settled. Settled is what the router has, or has refused and was kept as refused.
 */
export class Pump {
  readonly #flow: Flow;
  readonly #ledger = new Ledger();
  readonly #progress = new Doorbell();
  readonly #failed = new AbortController();
  #inFlight = 0;
  /** Rings when no more than this is on its way; -1 while nobody waits. */
  #wakeAt = -1;
  #halted = false;
  #characters = 0;
  /** What is on its way is a suspect. */
  #careful = false;
  #confirmed: Promise<void> = Promise.resolve();

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** Publications on their way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Pumps until `stop` aborts, or until the batches end; then waits for what is on its way.
   *
   * @param stop no further batch is begun once it aborts. One that is begun is sent to its end: else it could not be confirmed, and
   *   would come again.
   * @param lost nothing more is sent once it aborts; the same as `stop` if left out.
   * @throws why the source, the sink or the place of outcomes was lost.
   */
  async run(stop: AbortSignal, lost: AbortSignal = stop): Promise<void> {
    const halt = AbortSignal.any([lost, this.#failed.signal]);
    // A field, since looking at a composed signal for every publication can be measured.
    halt.addEventListener('abort', () => this.#halt());
    if (halt.aborted) this.#halt();
    for await (const batch of this.#flow.source.read(AbortSignal.any([stop, halt]))) {
      if (!(await this.#sendAll(batch))) break;
    }
    while (this.#inFlight > 0) await this.#halved();
    await this.#confirmed;
    this.#failed.signal.throwIfAborted();
  }

  async #sendAll(batch: Batch): Promise<boolean> {
    const entry = this.#ledger.open(batch);
    for (const emission of batch.emissions) {
      const size = sizeOf(emission);
      const suspect = this.#isSuspect(emission);
      while (this.#isFull(size, suspect) && !this.#halted) await this.#halved();
      if (this.#halted) return false;
      this.#careful = suspect;
      this.#send(emission, size, entry);
    }
    this.#settle(entry);
    return true;
  }

  #isSuspect({ id }: Emission): boolean {
    const { suspects } = this.#flow;
    return suspects.size > 0 && id !== undefined && suspects.has(id);
  }

  #isFull(size: number, suspect: boolean): boolean {
    const { publications, characters } = this.#flow.window;
    if (this.#inFlight === 0) return false;
    return suspect || this.#careful || this.#inFlight >= publications || this.#characters + size > characters;
  }

  /** Waits until half of what is on its way is settled, since waking up for every publication would cost more than sending it. */
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

  #send(emission: Emission, size: number, entry: Entry): void {
    this.#inFlight += 1;
    this.#characters += size;
    this.#deliver(emission).then(
      () => this.#delivered(emission, size, entry),
      (error: unknown) => this.#fail(error),
    );
  }

  #delivered({ id }: Emission, size: number, entry: Entry): void {
    this.#inFlight -= 1;
    this.#characters -= size;
    if (this.#careful && id !== undefined) this.#flow.suspects.delete(id);
    this.#settle(entry);
    if (this.#inFlight <= this.#wakeAt) this.#progress.ring();
  }

  async #deliver(emission: Emission): Promise<void> {
    if (emission.id === undefined) return this.#refuse(emission, malformed);
    let acknowledgement: { readonly id: number };
    try {
      acknowledgement = await this.#flow.sink.publish(emission);
    } catch (error) {
      return this.#refuse(emission, this.#asRefusal(emission, error));
    }
    this.#flow.counts.published += 1;
    if (wantsAcknowledgement(emission)) await this.#flow.outcomes.acknowledged(emission, acknowledgement.id);
  }

  async #refuse(emission: Emission, error: WampError): Promise<void> {
    await this.#flow.outcomes.refused(emission, error);
    this.#flow.counts.refused += 1;
  }

  /** A session that ended over the only publication on its way has refused that one; anything else is the end of this pump. */
  #asRefusal({ id }: Publication, error: unknown): WampError {
    if (error instanceof WampError) return error;
    if (!(error instanceof SessionLostError && error.blamesMessage)) throw error;
    if (this.#inFlight === 1) return new WampError('wamp.error.protocol_violation', [error.message]);
    this.#flow.suspects.add(id);
    throw error;
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

const malformed = new WampError('wamp.error.invalid_argument', ['not a publication of crossbar.publish']);
