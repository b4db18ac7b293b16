import type { DatabaseConfiguration } from '@pgwamp/config';
import { type PooledSession, SessionPool, type SessionPoolOptions } from '@pgwamp/core/internal/postgres';

/** Time in milliseconds after which idle sessions are closed. */
const idle = 60_000;

/**
 * A session pool that opens on demand and can be opened again after it was closed, because a component may be
 * restarted.
 */
export class ReopenablePool {
  readonly #database: DatabaseConfiguration;
  readonly #options: SessionPoolOptions;
  #pool: SessionPool | undefined;

  constructor(database: DatabaseConfiguration, options: Omit<SessionPoolOptions, 'applicationName'>) {
    this.#database = database;
    this.#options = { applicationName: 'pgwamp gateway', idle, ...options };
  }

  /** See `SessionPool`. */
  run<T>(work: (session: PooledSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#pool ??= new SessionPool(this.#database, this.#options);
    return this.#pool.run(work, signal);
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.close();
  }

  /** Cancels all running work. */
  destroy(): void {
    this.#pool?.destroy();
    this.#pool = undefined;
  }
}
