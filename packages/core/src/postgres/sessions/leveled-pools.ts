import type { DatabaseConfiguration } from '@pgwamp/config';
import type { PooledSession } from './pooled-session.ts';
import { SessionPool, type SessionPoolOptions, type SessionPoolStats } from './session-pool.ts';

/** Pools for calls at depth 0, 1 and 2, and one for all deeper calls. */
const levels = 4;

/** Milliseconds until unused sessions of nested calls are closed. */
const defaultIdle = 30_000;

/**
 * Session pools for calls that may wait for other calls. A function that calls a procedure of the same database keeps
 * its session until the call has its result, and the call needs a session too. With a single pool, functions could
 * occupy all sessions and wait for each other forever. Therefore each call has a depth, and each depth has its own
 * pool, so a call only waits for deeper calls. The deepest pool serves all further depths, so it has no queue: it
 * provides a session immediately or refuses.
 */
export class LeveledPools implements AsyncDisposable {
  readonly #pools: readonly SessionPool[];

  /**
   * @param options the options of each pool. All pools together have at most four times `size` sessions.
   * @param idle milliseconds after which unused sessions are closed, except those at depth 0.
   */
  constructor(configuration: DatabaseConfiguration, options: SessionPoolOptions, idle = defaultIdle) {
    this.#pools = Array.from({ length: levels }, (_, depth) => {
      if (depth === 0) return new SessionPool(configuration, options);
      const queue = depth === levels - 1 ? 0 : options.queue;
      return new SessionPool(configuration, { ...options, queue, idle });
    });
  }

  /** The sums over all pools. */
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
   * Provides a session for an operation as soon as the pool for its depth has a free one.
   *
   * @param depth number of other calls that wait for this one.
   * @param signal ends the wait, but not the operation.
   * @throws the same errors as `SessionPool.run`.
   */
  run<T>(work: (session: PooledSession) => Promise<T>, depth: number, signal?: AbortSignal): Promise<T> {
    const pool = this.#pools[Math.min(depth, levels - 1)] as SessionPool;
    return pool.run(work, signal);
  }

  /** Accepts no more operations, and closes the sessions when all operations are done. */
  async close(): Promise<void> {
    // An operation at one depth may be waiting for deeper ones, so the pools are closed in order of depth.
    for (const pool of this.#pools) await pool.close();
  }

  /** Accepts no more operations, and closes the sessions immediately. */
  destroy(): void {
    for (const pool of this.#pools) pool.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
