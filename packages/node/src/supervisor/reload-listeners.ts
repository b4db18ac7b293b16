import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Notifications } from '@pgwamp/core/internal/postgres';
import type { Logger } from 'pino';
import { databasesOf } from '../configuration/databases.ts';
import type { NodeOptions } from '../configuration/node-schema.ts';

const channel = 'pgwamp';

/**
 * Listens in the databases of a node's components: `NOTIFY pgwamp, 'reload'` makes the node read its configuration
 * again.
 */
export class ReloadListeners implements AsyncDisposable {
  readonly #log: Logger;
  readonly #reload: () => void;
  readonly #listeners = new Map<string, Notifications>();
  #applied: Promise<void> = Promise.resolve();

  constructor(log: Logger, reload: () => void) {
    this.#log = log;
    this.#reload = reload;
  }

  /** Listens in the databases of this configuration only. */
  apply(node: NodeOptions): Promise<void> {
    this.#applied = Promise.allSettled([this.#applied]).then(() => this.#apply(node));
    return this.#applied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Otherwise a listener that is being opened would keep the process alive.
    await Promise.allSettled([this.#applied]);
    await Promise.all([...this.#listeners.values()].map((listener) => listener[Symbol.asyncDispose]()));
  }

  async #apply(node: NodeOptions): Promise<void> {
    const databases = node.controller.options.reload_on_notify ? databasesOf(node) : [];
    const wanted = new Map(databases.map((database) => [JSON.stringify(database), database]));
    for (const [key, listener] of this.#listeners) {
      if (wanted.has(key)) continue;
      this.#listeners.delete(key);
      await listener[Symbol.asyncDispose]();
    }
    for (const [key, database] of wanted) {
      if (!this.#listeners.has(key)) this.#listeners.set(key, await this.#listen(database));
    }
  }

  async #listen(database: DatabaseConfiguration): Promise<Notifications> {
    const { Notifications } = await import('@pgwamp/core/internal/postgres');
    const notifications = new Notifications(database, 'pgwamp node', this.#log);
    notifications.subscribe(channel, {
      notified: (payload) => {
        if (payload === 'reload') this.#reload();
      },
      listening: () => this.#log.debug('listening to NOTIFY %s', channel),
    });
    return notifications;
  }
}
