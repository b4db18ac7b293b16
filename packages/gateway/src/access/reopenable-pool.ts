import type { DatabaseConfiguration } from '@pgwamp/config';
import { type PooledSession, SessionPool, type SessionPoolOptions } from '@pgwamp/core/internal/postgres';

/** Milliseconds after which sessions are closed that nobody needs. */
const idle = 60_000;

/** Sessions that are opened when they are needed, also after they were closed: a component may be started again. */
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

  /** Ends what is running. */
  destroy(): void {
    this.#pool?.destroy();
    this.#pool = undefined;
  }
}
