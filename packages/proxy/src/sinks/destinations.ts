import { backoff, type Logger, OnceAMinute } from '@pgwamp/core/internal/component';

/** Limit of destinations that are known to exist; further ones are checked again. */
const limit = 10_000;
const pauses = { first: 100, max: 5000 };

/**
 * Destinations that may not exist yet. Messages to a missing destination wait, in order, until it appears, while
 * messages to others continue.
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
   * @param exists asks the broker; it throws if the broker gives no answer, and then the message itself shows the
   *   result.
   * @param what the kind of destination, for the log: `queue`.
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

  /** Runs a function once a destination exists, immediately if it is known to exist. */
  whenThere<Result>(destination: string, act: () => Promise<Result>): Promise<Result> {
    const awaited = this.#wait(destination);
    return awaited === undefined ? act() : awaited.then(act);
  }

  /**
   * Waits until a destination exists. Undefined if it is known to exist.
   *
   * @throws the reason of the loss of the connection, if that comes first.
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
      const line = '%s %s does not exist; messages to it wait until it appears';
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
