import { setTimeout as sleep } from 'node:timers/promises';
import { Doorbell } from '../../doorbell.ts';
import type { Connection } from '../../postgres/index.ts';
import type { EndpointChanges, EndpointKind, Watched } from './endpoint.ts';
import { EndpointCatalog } from './endpoint-catalog.ts';

/** Milliseconds between two looks at what changes without a message: functions, their types, roles. */
const interval = 1000;
/** Milliseconds between two reads that notifications ask for: any role can notify as often as it likes. */
const shortestInterval = 20;
/**
 * Endpoints that notifications may name before all are read instead. PostgreSQL sends those of one transaction together up to 8 kB,
 * which name about 170: of a transaction with more, a part may come first, and what it changes has to be read as a whole all the same.
 */
const maxNotified = 100;

/**
 * Watches the endpoints of one kind. What is registered is known when its transaction commits, by NOTIFY; what happens to functions and
 * roles is seen by looking once a second.
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

  /** Watches from now on: what is committed later is missed no more. */
  static async open(connection: Connection, watched: Watched): Promise<EndpointWatch> {
    const watch = new EndpointWatch(connection, watched);
    await connection.query('LISTEN crossbar_endpoint');
    // Whoever runs functions needs the settings of their roles from the first moment on.
    watch.#first = await watch.#catalog.readAll();
    return watch;
  }

  /** The endpoints and the settings of roles, as they were read last. */
  get catalog(): EndpointCatalog {
    return this.#catalog;
  }

  /**
   * First all endpoints, then what changes. To be iterated once; what happens while nobody asks for the next changes comes
   * together. Ends when told to stop.
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

  /** What is notified is a hint where to look: any role can notify, so that it may be anything. */
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
