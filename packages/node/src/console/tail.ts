import { once } from 'node:events';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { backoff } from '@pgwamp/core/internal/component';
import { Notifications, reason } from '@pgwamp/core/internal/postgres';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { TailRefusedError } from '../errors.ts';
import { type TableTailListener, tailTable } from './table-tail.ts';

/** Limit of sources that one page watches; each table needs a replication slot. */
const maxSources = 10;

/** Limit of bytes that wait for a page. Beyond it, notifications are dropped and the log is not read further. */
const highWater = 4 * 1024 * 1024;

/**
 * Interval in milliseconds between two pings, and time limit for a page to read. Otherwise the slot of a page that does
 * not read would retain the log forever.
 */
const patience = 15_000;

/** A request of the page for a source such as `channel:orders` or `table:public.orders`. */
type Request = { readonly watch: string } | { readonly unwatch: string };

interface Watched {
  /** Ends it. */
  stop(): void;
}

/**
 * The sources that a page watches besides topics: NOTIFY channels and row changes. The page sends
 * `{"watch":"channel:orders"}` or `{"unwatch":…}`; it receives the state and the events of each source.
 */
export class Tail {
  readonly #socket: WebSocket;
  readonly #databases: ReadonlyMap<string, DatabaseConfiguration>;
  readonly #log: Logger;
  readonly #notifications = new Map<string, Notifications>();
  readonly #watched = new Map<string, Watched>();
  #dropped = 0;

  /**
   * @param databases all databases of the console: channels are listened to in each, tables are looked up in each.
   * @param ended aborts when the sign-in of the page ends.
   */
  constructor(
    socket: WebSocket,
    databases: ReadonlyMap<string, DatabaseConfiguration>,
    log: Logger,
    ended: AbortSignal,
  ) {
    this.#socket = socket;
    this.#databases = databases;
    this.#log = log;
    socket.on('message', (data) => this.#receive(String(data)));
    // The socket is closed next.
    socket.on('error', () => undefined);
    const pinging = this.#ping();
    const end = () => {
      this.#stop();
      socket.close(1008, 'the sign-in has ended');
    };
    ended.addEventListener('abort', end);
    socket.once('close', () => {
      ended.removeEventListener('abort', end);
      clearInterval(pinging);
      this.#stop();
    });
  }

  /** Ends all sources; a page that is being closed watches no further ones. */
  #stop(): void {
    for (const { stop } of this.#watched.values()) stop();
    this.#watched.clear();
    for (const notifications of this.#notifications.values()) void notifications[Symbol.asyncDispose]();
    this.#notifications.clear();
  }

  /** Ends the connection of a page that does not answer pings. */
  #ping(): NodeJS.Timeout {
    let isAlive = true;
    this.#socket.on('pong', () => {
      isAlive = true;
    });
    return setInterval(() => {
      if (!isAlive) return this.#socket.terminate();
      isAlive = false;
      this.#socket.ping();
    }, patience).unref();
  }

  #receive(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const request = requestOf(text);
    if (!request) {
      this.#socket.close(1008, 'expected {"watch": source} or {"unwatch": source}');
    } else if ('watch' in request) {
      this.#watch(request.watch);
    } else {
      this.#watched.get(request.unwatch)?.stop();
      this.#watched.delete(request.unwatch);
    }
  }

  #watch(source: string): void {
    if (this.#watched.has(source)) return;
    const [, kind, name = ''] = /^(channel|table):(.*)$/s.exec(source) ?? [];
    try {
      if (this.#watched.size >= maxSources)
        throw new TailRefusedError(`a page can watch at most ${maxSources} sources`);
      if (kind === undefined) throw new TailRefusedError('expected channel:NAME or table:SCHEMA.NAME');
      if (this.#databases.size === 0) throw new TailRefusedError('the console knows no database');
      this.#watched.set(source, kind === 'channel' ? this.#listen(source, name) : this.#follow(source, name));
    } catch (error) {
      this.#tell({ source, state: 'refused', error: reason(error) });
    }
  }

  #listen(source: string, channel: string): Watched {
    const subscriptions = [...this.#databases].map(([label, database]) => {
      const notifications =
        this.#notifications.get(label) ?? new Notifications(database, 'pgwamp console', this.#log.child({}));
      this.#notifications.set(label, notifications);
      return notifications.subscribe(channel, {
        listening: () => this.#tell({ source, state: 'watching' }),
        interrupted: (error) => this.#tell({ source, state: 'interrupted', error: reason(error) }),
        notified: (payload) => this.#notified(source, payload),
      });
    });
    return { stop: () => subscriptions.forEach((subscription) => void subscription.unsubscribe()) };
  }

  #notified(source: string, payload: string): void {
    if (this.#socket.bufferedAmount > highWater) return void this.#drop();
    const value = jsonOf(payload) === undefined ? JSON.stringify(payload) : payload;
    this.#send(`{"source":${JSON.stringify(source)},"args":[${value}]}`);
  }

  /** Notifications cannot be held back: a session that does not read them would eventually make every NOTIFY fail. */
  async #drop(): Promise<void> {
    this.#dropped += 1;
    if (this.#dropped > 1) return;
    await this.#drained();
    this.#tell({ dropped: this.#dropped });
    this.#dropped = 0;
  }

  #follow(source: string, table: string): Watched {
    const stop = new AbortController();
    const hear: TableTailListener = {
      watching: () => this.#tell({ source, state: 'watching' }),
      changes: async (events) => {
        for (const { id, committedAt, payload } of events) {
          this.#send(
            `{"source":${JSON.stringify(source)},"id":"${id}","committedAt":${committedAt},"kwargs":${payload}}`,
          );
        }
        if (this.#socket.bufferedAmount > highWater) await this.#drained();
      },
    };
    void this.#keepFollowing(source, table, stop.signal, hear);
    return { stop: () => stop.abort() };
  }

  /** Runs until it is stopped, or the table cannot be shown. */
  async #keepFollowing(source: string, table: string, stop: AbortSignal, hear: TableTailListener): Promise<void> {
    const pause = backoff({ first: 1000, max: 30_000 });
    while (!stop.aborted) {
      try {
        await this.#followAnywhere(table, stop, hear);
      } catch (error) {
        if (stop.aborted) return;
        const isRefused = error instanceof TailRefusedError;
        this.#tell({ source, state: isRefused ? 'refused' : 'interrupted', error: reason(error) });
        if (isRefused) return void this.#watched.delete(source);
        await pause.wait(stop);
      }
    }
  }

  /** Watches the table in the first database that has it. */
  async #followAnywhere(table: string, stop: AbortSignal, hear: TableTailListener): Promise<void> {
    const databases = [...this.#databases.values()];
    for (const [index, database] of databases.entries()) {
      try {
        return await tailTable(database, table, stop, hear);
      } catch (error) {
        if (!(error instanceof TailRefusedError) || index === databases.length - 1) throw error;
      }
    }
  }

  /** Resolves when the page has read everything; a page that takes too long is disconnected. */
  async #drained(): Promise<void> {
    const timer = setTimeout(() => this.#socket.terminate(), patience);
    const flushed = new Promise((resolve) => this.#socket.ping(undefined, undefined, resolve));
    await Promise.race([flushed, once(this.#socket, 'close')]);
    clearTimeout(timer);
  }

  #tell(message: object): void {
    this.#send(JSON.stringify(message));
  }

  #send(text: string): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text);
  }
}

function requestOf(text: string): Request | undefined {
  const { watch, unwatch } = (jsonOf(text) ?? {}) as { watch?: unknown; unwatch?: unknown };
  if (typeof watch === 'string') return { watch };
  return typeof unwatch === 'string' ? { unwatch } : undefined;
}

/** The value of a JSON text; undefined if it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
