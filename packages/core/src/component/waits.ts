import type { Patience } from '../postgres/index.ts';
import type { Logger } from './log.ts';

/**
 * A session or transaction that a component waits for: the process id of a session, or the name of a prepared
 * transaction.
 */
export type Blocker = number | string;

/**
 * The unbounded waits of a component for other sessions of PostgreSQL: for a lock, or for the end of transactions. They
 * are logged and shown in the status, and `stop()` ends them.
 *
 * @example
 * ```ts
 * await waits.during('waiting to install', until, (patience) => install(connection, { delivery, ...patience }));
 * ```
 */
export class Waits {
  readonly #log: Logger;
  /** The blockers of each wait. There may be several waits, on different connections. */
  readonly #waits = new Map<object, readonly Blocker[]>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The sessions and transactions that the component waits for now. */
  get blockers(): readonly Blocker[] {
    return [...new Set(this.#waits.values().toArray().flat())];
  }

  /**
   * Runs an operation that may have to wait.
   *
   * @param what the message that is logged repeatedly while it waits.
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
