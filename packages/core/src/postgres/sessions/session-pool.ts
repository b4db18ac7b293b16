import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError, QueueFullError } from '../../errors.ts';
import { reason } from '../server-error.ts';
import { PooledSession, type PooledSessionOptions } from './pooled-session.ts';

/** Bounds of a pool. */
export interface SessionPoolOptions extends PooledSessionOptions {
  /** How many sessions there may be. */
  readonly size: number;
  /** How many may wait for a session when all are busy. */
  readonly queue: number;
  /** Milliseconds after which sessions are closed that nobody needed meanwhile, or soon after; without it they are kept. */
  readonly idle?: number | undefined;
}

/** What a pool is doing. */
export interface SessionPoolStats {
  /** Sessions that are open. */
  readonly size: number;
  /** Sessions that are not free. */
  readonly busy: number;
  /** Who waits for a session. */
  readonly waiting: number;
}

interface Waiter {
  readonly resolve: (session: PooledSession) => void;
  readonly reject: (error: unknown) => void;
}

/** Sessions that are opened when they are needed, kept, and replaced when they are lost. */
export class SessionPool implements AsyncDisposable {
  readonly #configuration: DatabaseConfiguration;
  readonly #options: SessionPoolOptions;
  readonly #sessions = new Set<PooledSession>();
  /** The last one that became free comes first: its prepared statements are the most likely to be of use. */
  readonly #free: PooledSession[] = [];
  readonly #waiting = new Set<Waiter>();
  readonly #sweeping: NodeJS.Timeout | undefined;
  /** How many were free all the time since the last sweep. */
  #spare = 0;
  #opening = 0;
  /** Sessions whose work is done, and who are not ready for more yet. */
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
   * Gives a session to some work, as soon as one is free; first come, first served.
   *
   * @param signal ends the wait, not the work.
   * @throws `QueueFullError` at once if too many wait; `DatabaseLostError` if no session can be opened, or the pool is closed;
   *   the signal's reason; what the work throws.
   */
  async run<T>(work: (session: PooledSession) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#closing) throw new DatabaseLostError('it was closed');
    this.#running += 1;
    try {
      const session = this.#take() ?? (await this.#wait(signal));
      return await work(session).finally(() => this.#release(session));
    } finally {
      this.#running -= 1;
      this.#drain();
    }
  }

  /** Takes no more work, and ends the sessions when all work is done. */
  async close(): Promise<void> {
    this.#closing ??= Promise.withResolvers();
    clearInterval(this.#sweeping);
    this.#drain();
    await this.#closing.promise;
    await Promise.all([...this.#sessions].map((session) => session.close()));
  }

  /** Takes no more work, and ends the sessions at once: all work and who waits for it fails with `DatabaseLostError`. */
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

  /** The last one that became free is taken first, so that those nobody needed are the first ones. */
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

  /** Opens a session for everybody who waits, as far as there may be more. */
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

  /** With other sessions at hand, those who wait are served by them. */
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
        // A session that was lost is forgotten by itself.
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
