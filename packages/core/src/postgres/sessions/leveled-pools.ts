import type { DatabaseConfiguration } from '@pgwamp/config';
import type { PooledSession } from './pooled-session.ts';
import { SessionPool, type SessionPoolOptions, type SessionPoolStats } from './session-pool.ts';

/** Pools for calls at depth 0, 1 and 2, and for all that are deeper. */
const levels = 4;

/** Milliseconds that sessions of calls within calls are kept while nobody needs them. */
const defaultIdle = 30_000;

/**
 * Sessions for work that may wait for other work of its kind: a function that calls a procedure which is a function of the same
 * database keeps its session until that call has its result, which takes a session as well. If both came out of one pool, functions could have
 * all sessions of it and wait for each other for ever. So work has a depth, and for each depth there is a pool of its own: work waits for
 * deeper work only. The deepest pool is for every depth from there on, and so lets nobody wait: it gives a session or refuses.
 */
export class LeveledPools implements AsyncDisposable {
  readonly #pools: readonly SessionPool[];

  /**
   * @param options those of each pool; all together have at most four times `size` sessions.
   * @param idle milliseconds after which sessions are closed that nobody needs, but for those at depth 0.
   */
  constructor(configuration: DatabaseConfiguration, options: SessionPoolOptions, idle = defaultIdle) {
    this.#pools = Array.from({ length: levels }, (_, depth) => {
      if (depth === 0) return new SessionPool(configuration, options);
      const queue = depth === levels - 1 ? 0 : options.queue;
      return new SessionPool(configuration, { ...options, queue, idle });
    });
  }

  /** Those of all pools together. */
  get stats(): SessionPoolStats {
    const sum = { size: 0, busy: 0, waiting: 0 };
    for (const { stats } of this.#pools) {
      sum.size += stats.size;
      sum.busy += stats.busy;
      sum.waiting += stats.waiting;
    }
    return sum;
  }

  /**
   * Gives a session to some work, as soon as one is free that work at this depth may have.
   *
   * @param depth how much other work waits for this.
   * @param signal ends the wait, not the work.
   * @throws as `SessionPool.run`.
   */
  run<T>(work: (session: PooledSession) => Promise<T>, depth: number, signal?: AbortSignal): Promise<T> {
    const pool = this.#pools[Math.min(depth, levels - 1)] as SessionPool;
    return pool.run(work, signal);
  }

  /** Takes no more work, and ends the sessions when all work is done. */
  async close(): Promise<void> {
    // What is done at one depth may be waiting for what is deeper.
    for (const pool of this.#pools) await pool.close();
  }

  /** Takes no more work, and ends the sessions at once. */
  destroy(): void {
    for (const pool of this.#pools) pool.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
