import { Doorbell } from '../../doorbell.ts';
import type { Connection } from '../../postgres/index.ts';
import type { Endpoint, EndpointKind } from './endpoint.ts';
import { EndpointCatalog } from './endpoint-catalog.ts';
import type { RoleSettings } from './role-settings.ts';

/** Milliseconds between two looks at what changes without a message: functions, their types, roles. */
const interval = 1000;

/** How the endpoints differ from what was said before. */
export interface EndpointChanges {
  /** New ones, and those of which anything changed: uri, options, role, the function itself. */
  readonly changed: readonly Endpoint[];
  /** Ids of those that are gone. */
  readonly removed: readonly string[];
}

/** What to watch. */
export interface Watched {
  readonly kind: EndpointKind;
  /** Roles whose settings are wanted besides those of the endpoints: the values of `extra.roles`. */
  readonly roles: readonly string[];
}

/**
 * Watches the endpoints of one kind. What is registered is known when its transaction commits, by NOTIFY; what happens to functions and
 * roles is seen by looking once a second.
 */
export class EndpointWatch {
  readonly #connection: Connection;
  readonly #catalog: EndpointCatalog;
  readonly #notified = new Set<string>();
  readonly #bell = new Doorbell();

  private constructor(connection: Connection, watched: Watched) {
    this.#connection = connection;
    this.#catalog = new EndpointCatalog(connection, watched);
    connection.onNotification((_channel, payload) => {
      const [kind, id] = payload.split(' ');
      if (kind !== watched.kind || id === undefined) return;
      this.#notified.add(id);
      this.#bell.ring();
    });
  }

  /** Watches from now on: what is committed later is missed no more. */
  static async open(connection: Connection, watched: Watched): Promise<EndpointWatch> {
    const watch = new EndpointWatch(connection, watched);
    await connection.query('LISTEN crossbar_endpoint');
    return watch;
  }

  /** The settings of a role, as of the last second; undefined if role crossbar cannot become it, or there is no such role. */
  settingsOf(role: string): RoleSettings | undefined {
    return this.#catalog.settingsOf(role);
  }

  /**
   * First all endpoints, then what changes. To be iterated once; what happens while nobody asks for the next changes comes
   * together. Ends when told to stop.
   *
   * @throws `DatabaseLostError` when the connection is lost.
   */
  async *changes(stop: AbortSignal): AsyncGenerator<EndpointChanges, void, void> {
    using _wake = this.#bell.ringOn(AbortSignal.any([stop, this.#connection.lost]));
    yield await this.#catalog.readAll();
    for (let looked = performance.now(); ; ) {
      await this.#bell.wait(Math.max(0, looked + interval - performance.now()));
      if (stop.aborted) return;
      this.#connection.lost.throwIfAborted();
      const isDue = performance.now() >= looked + interval;
      if (isDue) looked = performance.now();
      const changes = await this.#catalog.read([...this.#take(), ...(isDue ? await this.#catalog.stale() : [])]);
      if (changes.changed.length + changes.removed.length > 0) yield changes;
    }
  }

  #take(): string[] {
    const ids = [...this.#notified];
    this.#notified.clear();
    return ids;
  }
}
