import type { DatabaseConfiguration } from '@pgwamp/config';
import format from 'pg-format';
import { backoff } from '../backoff.ts';
import { Connection } from './connection.ts';

/** What a listener calls back. */
export interface ListenerCallbacks {
  /** A NOTIFY arrived. */
  notified(payload: string): void;
  /** LISTEN is in force, for the first time or again: what was notified before may have been missed. */
  listening(): void;
  /** The connection was lost; the listener is about to connect again. */
  lost?(error: unknown): void;
}

/**
 * LISTENs to a channel for as long as it lives, on a connection of its own: it probes the connection, and connects and LISTENs
 * again when that is lost.
 *
 * @see https://www.postgresql.org/docs/current/sql-listen.html
 */
export class Listener implements AsyncDisposable {
  readonly #channel: string;
  readonly #callbacks: ListenerCallbacks;
  readonly #open: () => Promise<Connection>;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  /** Starts at once; `listening` is called when LISTEN is in force. */
  constructor(
    configuration: DatabaseConfiguration,
    applicationName: string,
    channel: string,
    callbacks: ListenerCallbacks,
  ) {
    this.#channel = channel;
    this.#callbacks = callbacks;
    this.#open = () => Connection.open(configuration, applicationName);
    this.#running = this.#run();
  }

  /** Stops for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const pause = backoff({ first: 100, most: 5000 });
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#listen(pause.reset);
      } catch (error) {
        this.#callbacks.lost?.(error);
        await pause.wait(this.#stopped.signal);
      }
    }
  }

  async #listen(listening: () => void): Promise<void> {
    await using connection = await this.#open();
    connection.onNotification((_channel, payload) => this.#callbacks.notified(payload));
    await connection.query(format('LISTEN %I', this.#channel));
    listening();
    this.#callbacks.listening();
    await ended(connection, this.#stopped.signal);
  }
}

/** Resolves when told to stop, rejects when the connection is lost. */
function ended(connection: Connection, stop: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const lose = () => reject(connection.lost.reason);
  if (stop.aborted) resolve();
  else stop.addEventListener('abort', () => resolve(), { once: true });
  if (connection.lost.aborted) lose();
  else connection.lost.addEventListener('abort', lose, { once: true });
  return promise;
}
