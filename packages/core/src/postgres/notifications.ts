import type { DatabaseConfiguration } from '@pgwamp/config';
import { unlessAborted } from '../abort.ts';
import { backoff } from '../backoff.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import { ChannelSubscriptions, type ListenLog, type Subscriber, type Subscription } from './channel-subscriptions.ts';
import { Connection } from './connection.ts';
import { reason } from './server-error.ts';

/** Milliseconds that a connection must stay open to reset the pauses. */
const goodLife = 5000;

/**
 * LISTENs to any number of channels on one connection, which is opened for the first subscriber. It LISTENs to a
 * channel while the channel has subscribers. The connection is probed. If it is lost, a new connection LISTENs to all
 * channels.
 *
 * @example
 * ```ts
 * await using notifications = new Notifications(database, 'orders', log);
 * const subscription = notifications.subscribe('orders', { notified: (payload) => console.log(payload) });
 * subscription.unsubscribe();
 * ```
 */
export class Notifications implements AsyncDisposable {
  readonly #open: () => Promise<Connection>;
  readonly #log: ListenLog;
  readonly #subscriptions: ChannelSubscriptions;
  readonly #stopped = new AbortController();
  readonly #warnings = new OnceAMinute();
  #running: Promise<void> | undefined;

  /**
   * @param configuration the database.
   * @param applicationName the `application_name` in `pg_stat_activity`.
   * @param log receives losses and errors of subscribers.
   */
  constructor(configuration: DatabaseConfiguration, applicationName: string, log: ListenLog) {
    this.#open = () => Connection.open(configuration, applicationName);
    this.#log = log;
    this.#subscriptions = new ChannelSubscriptions(log);
  }

  /**
   * Subscribes to a channel. The name is used exactly as written, with upper case.
   *
   * @throws `ChannelNameError` if PostgreSQL cannot have a channel with this name.
   */
  subscribe(channel: string, subscriber: Subscriber): Subscription {
    const subscription = this.#subscriptions.subscribe(channel, subscriber);
    this.#running ??= this.#run();
    return subscription;
  }

  /** Stops listening permanently. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const pause = backoff({ first: 100, max: 5000 });
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const begun = performance.now();
      try {
        await this.#listen();
      } catch (error) {
        if (signal.aborted) return;
        this.#interrupt(error);
        if (performance.now() - begun > goodLife) pause.reset();
        await pause.wait(signal);
      }
    }
  }

  async #listen(): Promise<void> {
    const opening = this.#open();
    await using connection = await unlessAborted(opening, this.#stopped.signal).catch((error: unknown) => {
      // The connection may still open later. Then it is closed.
      opening.then((late) => late.destroy()).catch(() => undefined);
      throw error;
    });
    await this.#subscriptions.serve(connection, this.#stopped.signal);
  }

  #interrupt(error: unknown): void {
    const held = this.#warnings.pass(reason(error));
    if (held !== undefined) {
      const fields = { channels: this.#subscriptions.size, repeated: held };
      this.#log.warn(fields, `reconnecting, and missing notifications until then: ${reason(error)}`);
    }
    this.#subscriptions.interrupt(error);
  }
}
