import { backoff, type Logger, OnceAMinute } from '@pgwamp/core/internal/component';

/** So many destinations are known to exist; others are looked for again. */
const limit = 10_000;
const pauses = { first: 100, max: 5000 };

/**
 * Destinations that a broker may not have yet. Messages to one that is missing wait until it appears, in their order, while those to
 * others go on.
 */
export class Destinations {
  readonly #exists: (destination: string) => Promise<boolean>;
  readonly #lost: AbortSignal;
  readonly #log: Logger;
  readonly #what: string;
  readonly #known = new Set<string>();
  readonly #awaited = new Map<string, Promise<void>>();
  readonly #lines = new OnceAMinute();

  /**
   * @param exists asks the broker; it throws if the broker cannot say, which the message's own fate then shows.
   * @param what a destination is, for the log: `queue`.
   */
  constructor(
    exists: (destination: string) => Promise<boolean>,
    { what, lost, log }: { readonly what: string; readonly lost: AbortSignal; readonly log: Logger },
  ) {
    this.#exists = exists;
    this.#what = what;
    this.#lost = lost;
    this.#log = log;
  }

  /** Does something with a destination once that exists; at once if it is known to. */
  whenThere<Result>(destination: string, act: () => Promise<Result>): Promise<Result> {
    const awaited = this.#wait(destination);
    return awaited === undefined ? act() : awaited.then(act);
  }

  /**
   * What to wait for before a message is sent to a destination. Undefined if it is known to exist.
   *
   * @throws the reason of the loss, if that comes first.
   */
  #wait(destination: string): Promise<void> | undefined {
    if (this.#known.has(destination)) return undefined;
    let awaited = this.#awaited.get(destination);
    if (!awaited) {
      awaited = this.#find(destination).finally(() => this.#awaited.delete(destination));
      this.#awaited.set(destination, awaited);
    }
    return awaited;
  }

  async #find(destination: string): Promise<void> {
    const pause = backoff(pauses);
    let waits = false;
    while (!(await this.#exists(destination))) {
      this.#lost.throwIfAborted();
      waits = true;
      const repeats = this.#lines.pass(destination);
      const line = 'there is no %s %s; messages to it wait until it appears';
      if (repeats !== undefined) this.#log.warn({ destination }, line, this.#what, destination);
      await pause.wait(this.#lost);
      this.#lost.throwIfAborted();
    }
    if (waits) this.#log.info({ destination }, '%s %s has appeared', this.#what, destination);
    const [oldest] = this.#known;
    if (oldest !== undefined && this.#known.size >= limit) this.#known.delete(oldest);
    this.#known.add(destination);
  }
}
