import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError, QueueFullError } from '../../errors.ts';
import { reason } from '../client.ts';
import { Worker } from './worker.ts';

/** Bounds of a pool. */
export interface WorkerPoolOptions {
  /** What pg_stat_activity shows. */
  readonly applicationName: string;
  /** How many workers there may be. */
  readonly size: number;
  /** How many may wait for a worker when all are busy. */
  readonly queue: number;
  /** Milliseconds after which workers are closed that nobody needed meanwhile, or soon after; without it they are kept. */
  readonly idle?: number | undefined;
}

/** What a pool is doing. */
export interface WorkerPoolStats {
  /** Workers that are open. */
  readonly size: number;
  /** Workers that are not free. */
  readonly busy: number;
  /** Who waits for a worker. */
  readonly waiting: number;
}

interface Waiter {
  readonly resolve: (worker: Worker) => void;
  readonly reject: (error: unknown) => void;
}

/** Workers that are opened when they are needed, kept, and replaced when they are lost. */
export class WorkerPool implements AsyncDisposable {
  readonly #configuration: DatabaseConfiguration;
  readonly #options: WorkerPoolOptions;
  readonly #workers = new Set<Worker>();
  /** The last one that became free comes first: its prepared statements are the most likely to be of use. */
  readonly #free: Worker[] = [];
  readonly #waiting = new Set<Waiter>();
  readonly #sweeping: NodeJS.Timeout | undefined;
  /** How many were free all the time since the last sweep. */
  #spare = 0;
  #opening = 0;
  /** Workers whose work is done, and who are not ready for more yet. */
  #releasing = 0;
  #running = 0;
  #destroyed = false;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(configuration: DatabaseConfiguration, options: WorkerPoolOptions) {
    this.#configuration = configuration;
    this.#options = options;
    if (options.idle !== undefined) this.#sweeping = setInterval(() => this.#sweep(), options.idle).unref();
  }

  get stats(): WorkerPoolStats {
    const size = this.#workers.size;
    return { size, busy: size - this.#free.length, waiting: this.#waiting.size };
  }

  /**
   * Gives a worker to some work, as soon as one is free; first come, first served.
   *
   * @param signal ends the wait, not the work.
   * @throws `QueueFullError` at once if too many wait; `DatabaseLostError` if no worker can be opened, or the pool is closed;
   *   the signal's reason; what the work throws.
   */
  async run<T>(work: (worker: Worker) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closing) throw new DatabaseLostError('it was closed');
    this.#running += 1;
    try {
      const worker = this.#take() ?? (await this.#wait(signal));
      return await work(worker).finally(() => this.#release(worker));
    } finally {
      this.#running -= 1;
      this.#drain();
    }
  }

  /** Takes no more work, and ends the workers when all work is done. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers();
    clearInterval(this.#sweeping);
    this.#drain();
    await this.#closing.promise;
    await Promise.all([...this.#workers].map((worker) => worker.close()));
  }

  /** Takes no more work, and ends the workers at once: all work and who waits for it fails with `DatabaseLostError`. */
  destroy(): void {
    this.#closing ??= Promise.withResolvers();
    clearInterval(this.#sweeping);
    this.#destroyed = true;
    for (const worker of this.#workers) worker.destroy();
    this.#refuse(new DatabaseLostError('it was given up'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(): Worker | undefined {
    const worker = this.#free.pop();
    this.#spare = Math.min(this.#spare, this.#free.length);
    return worker;
  }

  /** The last one that became free is taken first, so that those nobody needed are the first ones. */
  #sweep(): void {
    for (const worker of this.#free.splice(0, this.#spare)) void worker.close().finally(() => this.#forget(worker));
    this.#spare = this.#free.length;
  }

  #drain(): void {
    if (this.#running + this.#opening === 0) this.#closing?.resolve();
  }

  async #wait(signal: AbortSignal | undefined): Promise<Worker> {
    const { promise, resolve, reject } = Promise.withResolvers<Worker>();
    const waiter = { resolve, reject };
    this.#waiting.add(waiter);
    this.#grow();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort);
    try {
      const soon = this.#opening + this.#releasing;
      if (this.#waiting.size > this.#options.queue + soon) throw new QueueFullError(this.#options.queue);
      return await promise;
    } finally {
      this.#waiting.delete(waiter);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Opens a worker for everybody who waits, as far as there may be more. */
  #grow(): void {
    while (this.#opening < this.#waiting.size && this.#workers.size + this.#opening < this.#options.size) {
      this.#opening += 1;
      const opened = Worker.open(this.#configuration, this.#options.applicationName);
      opened
        .then(
          (worker) => this.#add(worker),
          (error) => this.#miss(error),
        )
        .finally(() => this.#drain());
    }
  }

  #add(worker: Worker): void {
    this.#opening -= 1;
    if (this.#destroyed) worker.destroy();
    if (worker.lost.aborted) return;
    this.#workers.add(worker);
    worker.lost.addEventListener('abort', () => this.#forget(worker));
    this.#give(worker);
  }

  /** With other workers at hand, those who wait are served by them. */
  #miss(error: unknown): void {
    this.#opening -= 1;
    if (this.#workers.size + this.#opening > 0) return;
    this.#refuse(error instanceof DatabaseLostError ? error : new DatabaseLostError(reason(error), { cause: error }));
  }

  #release(worker: Worker): void {
    this.#releasing += 1;
    worker.ready().then(
      () => {
        this.#releasing -= 1;
        this.#give(worker);
      },
      () => {
        // A worker that was lost is forgotten by itself.
        this.#releasing -= 1;
      },
    );
  }

  #give(worker: Worker): void {
    const [waiter] = this.#waiting;
    if (!waiter) return void this.#free.push(worker);
    this.#waiting.delete(waiter);
    waiter.resolve(worker);
  }

  #forget(worker: Worker): void {
    this.#workers.delete(worker);
    const index = this.#free.indexOf(worker);
    if (index >= 0) this.#free.splice(index, 1);
    this.#spare = Math.min(this.#spare, this.#free.length);
    this.#grow();
  }

  #refuse(error: DatabaseLostError): void {
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting.clear();
  }
}
