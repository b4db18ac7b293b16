import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Worker } from './worker.ts';
import { WorkerPool, type WorkerPoolOptions, type WorkerPoolStats } from './worker-pool.ts';

/** Pools for calls at depth 0, 1 and 2, and for all that are deeper. */
const levels = 4;

/** Milliseconds that workers of calls within calls are kept while nobody needs them. */
const usualIdle = 30_000;

/**
 * Workers for work that may wait for other work of its kind: a function that calls a procedure which is a function of the same
 * database keeps its worker until that call has its result, which takes a worker as well. If both came out of one pool, functions could have
 * all workers of it and wait for each other for ever. So work has a depth, and for each depth there is a pool of its own: work waits for
 * deeper work only. The deepest pool is for every depth from there on, and so lets nobody wait: it gives a worker or refuses.
 */
export class NestedPools implements AsyncDisposable {
  readonly #pools: readonly WorkerPool[];

  /**
   * @param options those of each pool; all together have at most four times `size` workers.
   * @param idle milliseconds after which workers are closed that nobody needs, but for those at depth 0.
   */
  constructor(configuration: DatabaseConfiguration, options: WorkerPoolOptions, idle = usualIdle) {
    this.#pools = Array.from({ length: levels }, (_, depth) => {
      if (depth === 0) return new WorkerPool(configuration, options);
      const queue = depth === levels - 1 ? 0 : options.queue;
      return new WorkerPool(configuration, { ...options, queue, idle });
    });
  }

  /** Those of all pools together. */
  get stats(): WorkerPoolStats {
    const sum = { size: 0, busy: 0, waiting: 0 };
    for (const { stats } of this.#pools) {
      sum.size += stats.size;
      sum.busy += stats.busy;
      sum.waiting += stats.waiting;
    }
    return sum;
  }

  /**
   * Gives a worker to some work, as soon as one is free that work at this depth may have.
   *
   * @param depth how much other work waits for this.
   * @param signal ends the wait, not the work.
   * @throws as `WorkerPool.run`.
   */
  run<T>(work: (worker: Worker) => Promise<T>, depth: number, signal?: AbortSignal): Promise<T> {
    const pool = this.#pools[Math.min(depth, levels - 1)] as WorkerPool;
    return pool.run(work, signal);
  }

  /** Takes no more work, and ends the workers when all work is done. */
  async close(): Promise<void> {
    // What is done at one depth may be waiting for what is deeper.
    for (const pool of this.#pools) await pool.close();
  }

  /** Takes no more work, and ends the workers at once. */
  destroy(): void {
    for (const pool of this.#pools) pool.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
