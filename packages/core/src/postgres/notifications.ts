import type { DatabaseConfiguration } from '@pgwamp/config';
import { unlessAborted } from '../abort.ts';
import { backoff } from '../backoff.ts';
import { Doorbell } from '../doorbell.ts';
import { ChannelNameError } from '../errors.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import { Connection } from './connection.ts';
import { reason } from './server-error.ts';

/** PostgreSQL cuts longer names in silence. */
const nameBytes = 63;
/** Milliseconds that a connection must have lasted for the next pause to be a short one again. */
const goodLife = 5000;

/** A moment in the life of a database, which later ones can be compared with. */
export interface Position {
  /** PostgreSQL's `clock_timestamp()`, in UTC, such as `2026-01-31 12:00:00.123456`. */
  readonly time: string;
  /** The position in the write-ahead log, such as `16/B374D848`. */
  readonly lsn: string;
}

/** What a subscriber is told. One that throws hurts nobody else. */
export interface Subscriber {
  /** A NOTIFY arrived. */
  notified?(payload: string): void;
  /** The same, as the bytes that arrived; only good until the call returns. */
  notifiedBytes?(payload: Buffer): void;
  /** Everything that commits after `since` is heard; what was notified before may have been missed. After a loss it is told again. */
  listening?(since: Position): void;
  /** The connection was lost or could not be made: nothing is heard until `listening` is told again. */
  interrupted?(error: unknown): void;
}

/** Ends with {@link Subscription.unsubscribe}, or where it is disposed of. */
export interface Subscription extends Disposable {
  unsubscribe(): void;
}

/** What is needed of a logger. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Somebody who listens to a channel. */
interface Entry {
  readonly channel: string;
  readonly subscriber: Subscriber;
  /** Whether it was told that LISTEN is in force. */
  told: boolean;
}

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
 *
 * @see https://www.postgresql.org/docs/current/sql-listen.html
 */
export class Notifications implements AsyncDisposable {
  readonly #open: () => Promise<Connection>;
  readonly #log: Log;
  readonly #channels = new Map<string, Set<Entry>>();
  /** The channels that the connection LISTENs to. */
  #listened = new Set<string>();
  readonly #changed = new Doorbell();
  readonly #stopped = new AbortController();
  readonly #warnings = new OnceAMinute();
  #running: Promise<void> | undefined;
  #isInterrupted = false;

  /**
   * @param configuration where PostgreSQL is.
   * @param applicationName what pg_stat_activity shows.
   * @param log told of losses, and of subscribers that throw.
   */
  constructor(configuration: DatabaseConfiguration, applicationName: string, log: Log) {
    this.#open = () => Connection.open(configuration, applicationName);
    this.#log = log;
  }

  /**
   * Begins to listen to a channel, as its name is written: upper case stays upper case.
   *
   * @throws `ChannelNameError` if PostgreSQL cannot have a channel of that name.
   */
  subscribe(channel: string, subscriber: Subscriber): Subscription {
    checkName(channel);
    const entry: Entry = { channel, subscriber, told: false };
    const entries = this.#channels.get(channel);
    if (entries) entries.add(entry);
    else this.#channels.set(channel, new Set([entry]));
    this.#running ??= this.#run();
    this.#changed.ring();
    const unsubscribe = () => this.#remove(entry);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /** Stops for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  #remove(entry: Entry): void {
    const entries = this.#channels.get(entry.channel);
    if (!entries?.delete(entry)) return;
    if (entries.size > 0) return;
    this.#channels.delete(entry.channel);
    this.#changed.ring();
  }

  async #run(): Promise<void> {
    const pause = backoff({ first: 100, most: 5000 });
    const { signal } = this.#stopped;
    using _ = this.#changed.ringOn(signal);
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
    using _ = this.#changed.ringOn(connection.lost);
    connection.onNotificationBytes((channel, payload) => this.#notify(channel, payload));
    this.#listened = new Set();
    while (!this.#stopped.signal.aborted) {
      connection.lost.throwIfAborted();
      await this.#synchronise(connection);
      await this.#changed.wait();
    }
  }

  /** Makes PostgreSQL LISTEN to the channels that have subscribers, and tells those who were not told. */
  async #synchronise(connection: Connection): Promise<void> {
    const wanted = new Set(this.#channels.keys());
    const untold = this.#entries().filter(({ told }) => !told);
    const statements = [
      ...[...wanted.difference(this.#listened)].map((channel) => `LISTEN ${quoted(channel)}`),
      ...[...this.#listened.difference(wanted)].map((channel) => `UNLISTEN ${quoted(channel)}`),
    ];
    if (statements.length > 0) await connection.query(statements.join('; '));
    this.#listened = wanted;
    if (this.#isInterrupted) this.#log.info({ channels: wanted.size }, 'listening to notifications again');
    this.#isInterrupted = false;
    if (untold.length === 0) return;
    // In a transaction of its own: LISTEN is in force when its transaction has ended.
    const [since] = await connection.query<{ time: string; lsn: string }>(
      `SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text AS time, pg_current_wal_insert_lsn()::text AS lsn`,
    );
    for (const entry of untold) this.#tell(entry, since ?? { time: '', lsn: '0/0' });
  }

  #tell(entry: Entry, since: Position): void {
    if (!this.#channels.get(entry.channel)?.has(entry)) return;
    entry.told = true;
    this.#guard(entry, () => entry.subscriber.listening?.(since));
  }

  #notify(channel: string, payload: Buffer): void {
    const entries = this.#channels.get(channel);
    if (!entries) return;
    let text: string | undefined;
    for (const entry of entries) {
      const { subscriber } = entry;
      try {
        subscriber.notifiedBytes?.(payload);
        if (subscriber.notified) {
          text ??= payload.toString();
          subscriber.notified(text);
        }
      } catch (error) {
        this.#report(entry, error);
      }
    }
  }

  #interrupt(error: unknown): void {
    const held = this.#warnings.pass(reason(error));
    if (held !== undefined) {
      const fields = { channels: this.#channels.size, repeated: held };
      this.#log.warn(fields, `${reason(error)}; reconnecting, and notifications in between are missed`);
    }
    this.#isInterrupted = true;
    for (const entry of this.#entries()) {
      entry.told = false;
      this.#guard(entry, () => entry.subscriber.interrupted?.(error));
    }
  }

  #entries(): Entry[] {
    return [...this.#channels.values()].flatMap((entries) => [...entries]);
  }

  #guard(entry: Entry, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#report(entry, error);
    }
  }

  #report({ channel }: Entry, error: unknown): void {
    const held = this.#warnings.pass(`${channel} ${reason(error)}`);
    if (held === undefined) return;
    this.#log.error({ err: error, channel, repeated: held }, 'a subscriber of notifications failed');
  }
}

function checkName(channel: string): void {
  const bytes = Buffer.byteLength(channel);
  if (bytes === 0) throw new ChannelNameError(channel, 'it is empty');
  if (bytes > nameBytes)
    throw new ChannelNameError(channel, `it has ${bytes} bytes, PostgreSQL takes at most ${nameBytes}`);
  if (channel.includes('\0')) throw new ChannelNameError(channel, 'it contains U+0000');
  if (!channel.isWellFormed()) throw new ChannelNameError(channel, 'it contains half a surrogate pair');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
