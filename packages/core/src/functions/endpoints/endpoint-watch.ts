import { setTimeout as sleep } from 'node:timers/promises';
import { Doorbell } from '../../doorbell.ts';
import type { Connection } from '../../postgres/index.ts';
import type { EndpointChanges, EndpointKind, Watched } from './endpoint.ts';
import { EndpointCatalog } from './endpoint-catalog.ts';

/** Milliseconds between two checks for changes without a notification: of functions, their types, and roles. */
const interval = 1000;
/**
 * The minimum of milliseconds between two reads after notifications. Any role can send notifications as often as it
 * likes.
 */
const shortestInterval = 20;
/**
 * Limit on notified endpoints. If there are more, all endpoints are read. PostgreSQL sends the notifications of one
 * transaction in pieces of up to 8 kB, which contain about 170 ids. A larger transaction may arrive in several pieces,
 * but its changes have to be read together.
 */
const maxNotified = 100;

/**
 * Watches the endpoints of one kind. NOTIFY reports registered and removed endpoints when their transaction commits.
 * Changes of functions and roles are found by a check once a second.
 */
export class EndpointWatch {
  readonly #connection: Connection;
  readonly #catalog: EndpointCatalog;
  #first: EndpointChanges = { changed: [], removed: [] };
  readonly #notified = new Set<string>();
  #notifiedTooMany = false;
  readonly #bell = new Doorbell();

  private constructor(connection: Connection, watched: Watched) {
    this.#connection = connection;
    this.#catalog = new EndpointCatalog(connection, watched);
    connection.onNotification((_channel, payload) => this.#notify(payload, watched.kind));
  }

  /** Starts watching. Every change committed after this is reported. */
  static async open(connection: Connection, watched: Watched): Promise<EndpointWatch> {
    const watch = new EndpointWatch(connection, watched);
    await connection.query('LISTEN crossbar_endpoint');
    // The settings of roles are needed as soon as functions run.
    watch.#first = await watch.#catalog.readAll();
    return watch;
  }

  /** The endpoints and the settings of roles as they were last read. */
  get catalog(): EndpointCatalog {
    return this.#catalog;
  }

  /**
   * Yields all endpoints first, then the changes. Iterate it once. Changes between two iterations are combined. Ends
   * when `stop` aborts.
   *
   * @throws `DatabaseLostError` when the connection is lost.
   */
  async *changes(stop: AbortSignal): AsyncGenerator<EndpointChanges, void, void> {
    using _wake = this.#bell.ringOn(AbortSignal.any([stop, this.#connection.lost]));
    yield this.#first;
    for (let looked = performance.now(), read = looked; ; read = performance.now()) {
      await this.#bell.wait(Math.max(0, looked + interval - performance.now()));
      if (performance.now() < read + shortestInterval) await sleep(shortestInterval);
      if (stop.aborted) return;
      this.#connection.lost.throwIfAborted();
      const isDue = performance.now() >= looked + interval;
      if (isDue) looked = performance.now();
      const changes = await this.#read(isDue);
      if (changes.changed.length + changes.removed.length > 0) yield changes;
    }
  }

  /** A notification is only a hint to read an endpoint. Any role can send one, so its payload may be anything. */
  #notify(payload: string, kind: EndpointKind): void {
    const [, notified, id] = /^(\w+) (\d{1,18})$/.exec(payload) ?? [];
    if (notified !== kind || id === undefined) return;
    if (this.#notified.size < maxNotified) this.#notified.add(id);
    else this.#notifiedTooMany = true;
    this.#bell.ring();
  }

  async #read(isDue: boolean): Promise<EndpointChanges> {
    const ids = [...this.#notified];
    const everything = this.#notifiedTooMany;
    this.#notified.clear();
    this.#notifiedTooMany = false;
    if (everything) return this.#catalog.readAll();
    return this.#catalog.read([...ids, ...(isDue ? await this.#catalog.stale() : [])]);
  }
}
