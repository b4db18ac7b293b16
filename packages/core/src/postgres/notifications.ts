import type { DatabaseConfiguration } from '@pgwamp/config';
import { unlessAborted } from '../abort.ts';
import { backoff } from '../backoff.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import { ChannelSubscriptions, type ListenLog, type Subscriber, type Subscription } from './channel-subscriptions.ts';
import { Connection } from './connection.ts';
import { reason } from './server-error.ts';

/** Milliseconds that a connection must have lasted for the next pause to be a short one again. */
const goodLife = 5000;

/**
 * LISTENs to any number of channels on one connection, which is made for the first subscriber: a channel is LISTENed to as long as it has
 * subscribers. The connection is probed; when it is lost, another one takes its place and LISTENs to all channels.
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
   * @param configuration where PostgreSQL is.
   * @param applicationName what pg_stat_activity shows.
   * @param log told of losses, and of subscribers that throw.
   */
  constructor(configuration: DatabaseConfiguration, applicationName: string, log: ListenLog) {
    this.#open = () => Connection.open(configuration, applicationName);
    this.#log = log;
    this.#subscriptions = new ChannelSubscriptions(log);
  }

  /**
   * Begins to listen to a channel, as its name is written: upper case stays upper case.
   *
   * @throws `ChannelNameError` if PostgreSQL cannot have a channel of that name.
   */
  subscribe(channel: string, subscriber: Subscriber): Subscription {
    const subscription = this.#subscriptions.subscribe(channel, subscriber);
    this.#running ??= this.#run();
    return subscription;
  }

  /** Stops for good. */
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
      // It may still open, when nobody wants it any more.
      opening.then((late) => late.destroy()).catch(() => undefined);
      throw error;
    });
    await this.#subscriptions.serve(connection, this.#stopped.signal);
  }

  #interrupt(error: unknown): void {
    const held = this.#warnings.pass(reason(error));
    if (held !== undefined) {
      const fields = { channels: this.#subscriptions.size, repeated: held };
      this.#log.warn(fields, `${reason(error)}; reconnecting, and notifications in between are missed`);
    }
    this.#subscriptions.interrupt(error);
  }
}
