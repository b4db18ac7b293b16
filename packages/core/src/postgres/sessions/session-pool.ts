import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError, QueueFullError } from '../../errors.ts';
import { reason } from '../server-error.ts';
import { PooledSession, type PooledSessionOptions } from './pooled-session.ts';

/** Options of a pool. */
export interface SessionPoolOptions extends PooledSessionOptions {
  /** Maximum number of sessions. */
  readonly size: number;
  /** Maximum number of operations that wait for a session. */
  readonly queue: number;
  /** Milliseconds after which unused sessions are closed. Default: never. */
  readonly idle?: number | undefined;
}

/** The current state of a pool. */
export interface SessionPoolStats {
  /** Number of open sessions. */
  readonly size: number;
  /** Number of sessions that are not free. */
  readonly busy: number;
  /** Number of operations that wait for a session. */
  readonly waiting: number;
}

interface Waiter {
  readonly resolve: (session: PooledSession) => void;
  readonly reject: (error: unknown) => void;
}

/** Sessions that are opened on demand, reused, and replaced when they are lost. */
export class SessionPool implements AsyncDisposable {
  readonly #configuration: DatabaseConfiguration;
  readonly #options: SessionPoolOptions;
  readonly #sessions = new Set<PooledSession>();
  /**
   * A stack: the session that was released last is used first, because its prepared statements are most likely to be
   * needed.
   */
  readonly #free: PooledSession[] = [];
  readonly #waiting = new Set<Waiter>();
  readonly #sweeping: NodeJS.Timeout | undefined;
  /** Number of sessions that have been free since the last sweep. */
  #spare = 0;
  #opening = 0;
  /** Number of sessions that have finished an operation and are being reset. */
  #releasing = 0;
  #running = 0;
  #destroyed = false;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(configuration: DatabaseConfiguration, options: SessionPoolOptions) {
    this.#configuration = configuration;
    this.#options = options;
    if (options.idle !== undefined) this.#sweeping = setInterval(() => this.#sweep(), options.idle).unref();
  }

  get stats(): SessionPoolStats {
    const size = this.#sessions.size;
    return { size, busy: size - this.#free.length, waiting: this.#waiting.size };
  }

  /**
   * Provides a session for an operation as soon as one is free, in the order of requests.
   *
   * @param signal ends the wait, but not the operation.
   * @throws `QueueFullError` immediately if too many operations wait; `DatabaseLostError` if no session can be opened,
   *   or the pool is closed; the signal's reason; errors of the operation.
   */
  async run<T>(work: (session: PooledSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closing) throw new DatabaseLostError('it was closed');
    this.#running += 1;
    try {
      const session = this.#take() ?? (await this.#wait(signal));
      try {
        return await work(session);
      } finally {
        this.#release(session);
      }
    } finally {
      this.#running -= 1;
      this.#drain();
    }
  }

  /** Accepts no more operations, and closes the sessions when all operations are done. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers();
    clearInterval(this.#sweeping);
    this.#drain();
    await this.#closing.promise;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  /**
   * Accepts no more operations, and closes the sessions immediately. All running and waiting operations fail with
   * `DatabaseLostError`.
   */
  destroy(): void {
    this.#closing ??= Promise.withResolvers();
    clearInterval(this.#sweeping);
    this.#destroyed = true;
    for (const session of this.#sessions) session.destroy();
    this.#refuse(new DatabaseLostError('it was given up'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(): PooledSession | undefined {
    const session = this.#free.pop();
    this.#spare = Math.min(this.#spare, this.#free.length);
    return session;
  }

  /** The session released last is used first, so the unused ones are at the start of the list. */
  #sweep(): void {
    for (const session of this.#free.splice(0, this.#spare)) void session.close().finally(() => this.#forget(session));
    this.#spare = this.#free.length;
  }

  #drain(): void {
    if (this.#running + this.#opening === 0) this.#closing?.resolve();
  }

  async #wait(signal: AbortSignal | undefined): Promise<PooledSession> {
    const { promise, resolve, reject } = Promise.withResolvers<PooledSession>();
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

  /** Opens a session for each waiting operation, up to the limit. */
  #grow(): void {
    while (this.#opening < this.#waiting.size && this.#sessions.size + this.#opening < this.#options.size) {
      this.#opening += 1;
      const opened = PooledSession.open(this.#configuration, this.#options);
      opened
        .then(
          (session) => this.#add(session),
          (error) => this.#miss(error),
        )
        .finally(() => this.#drain());
    }
  }

  #add(session: PooledSession): void {
    this.#opening -= 1;
    if (this.#destroyed) session.destroy();
    if (session.lost.aborted) return;
    this.#sessions.add(session);
    session.lost.addEventListener('abort', () => this.#forget(session));
    this.#give(session);
  }

  /** If there are other sessions, they serve the waiting operations. */
  #miss(error: unknown): void {
    this.#opening -= 1;
    if (this.#sessions.size + this.#opening > 0) return;
    this.#refuse(error instanceof DatabaseLostError ? error : new DatabaseLostError(reason(error), { cause: error }));
  }

  #release(session: PooledSession): void {
    this.#releasing += 1;
    session.ready().then(
      () => {
        this.#releasing -= 1;
        this.#give(session);
      },
      () => {
        // A lost session is removed by its own handler.
        this.#releasing -= 1;
      },
    );
  }

  #give(session: PooledSession): void {
    const [waiter] = this.#waiting;
    if (!waiter) return void this.#free.push(session);
    this.#waiting.delete(waiter);
    waiter.resolve(session);
  }

  #forget(session: PooledSession): void {
    this.#sessions.delete(session);
    const index = this.#free.indexOf(session);
    if (index >= 0) this.#free.splice(index, 1);
    this.#spare = Math.min(this.#spare, this.#free.length);
    this.#grow();
  }

  #refuse(error: DatabaseLostError): void {
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting.clear();
  }
}
