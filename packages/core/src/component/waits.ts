import type { Patience } from '../postgres/index.ts';
import type { Logger } from './log.ts';

/** What a component waits for in PostgreSQL: the process id of a session, or the name of a prepared transaction. */
export type Blocker = number | string;

/**
 * The waits of a component for other sessions of PostgreSQL, which have no bound: for a lock, or for transactions to end. They are logged, shown in
 * the status, and ended by `stop()`.
 *
 * @example
 * ```ts
 * await waits.during('waiting to install', until, (patience) => install(connection, { delivery, ...patience }));
 * ```
 */
export class Waits {
  readonly #log: Logger;
  /** Of each wait; there may be several, by several connections. */
  readonly #waits = new Map<object, readonly Blocker[]>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** What it waits for now. */
  get blockers(): readonly Blocker[] {
    return [...new Set(this.#waits.values().toArray().flat())];
  }

  /**
   * Does something that may wait.
   *
   * @param what is logged, now and then, while it waits.
   * @param stop ends the wait.
   */
  async during<Result>(
    what: string,
    stop: AbortSignal,
    work: (patience: Required<Patience>) => Promise<Result>,
  ): Promise<Result> {
    const wait = {};
    const end = () => this.#waits.delete(wait);
    const waiting = (blockers: readonly Blocker[]) => {
      if (stop.aborted) return;
      this.#waits.set(wait, blockers);
      this.#log.warn({ waitsFor: blockers }, what);
    };
    stop.addEventListener('abort', end, { once: true });
    try {
      return await work({ stop, waiting });
    } finally {
      stop.removeEventListener('abort', end);
      end();
    }
  }
}
