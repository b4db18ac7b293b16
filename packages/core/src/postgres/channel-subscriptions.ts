import { Doorbell } from '../doorbell.ts';
import { ChannelNameError } from '../errors.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import type { Connection } from './connection.ts';
import { reason } from './server-error.ts';

/** PostgreSQL cuts longer names in silence. */
const nameBytes = 63;

/** A moment in the life of a database, which later ones can be compared with. */
export interface Position {
  /** PostgreSQL's `clock_timestamp()`, in UTC, such as `2026-01-31 12:00:00.123456`. */
  readonly time: string;
  /** The position in the write-ahead log, such as `16/B374D848`. */
  readonly lsn: string;
}

/** What a subscriber is told. One that throws hurts nobody else. */
export interface Subscriber {
  /**
   * A NOTIFY arrived.
   *
   * @param sender the id of the server process that has sent it. PostgreSQL says it, so that nobody can pretend to be another.
   */
  notified?(payload: string, sender: number): void;
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
export interface ListenLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Somebody who listens to a channel. */
interface Entry {
  readonly channel: string;
  readonly subscriber: Subscriber;
}

/**
 * Who listens to which channels of NOTIFY. A connection that is given to it LISTENs to a channel as long as it has subscribers.
 *
 * @see https://www.postgresql.org/docs/current/sql-listen.html
 */
export class ChannelSubscriptions {
  readonly #log: ListenLog;
  readonly #channels = new Map<string, Set<Entry>>();
  /** Those who were not told that LISTEN is in force. */
  readonly #untold = new Set<Entry>();
  /** The channels that the connection LISTENs to. */
  #listened = new Set<string>();
  readonly #changed = new Doorbell();
  readonly #warnings = new OnceAMinute();
  #isInterrupted = false;

  /** @param log told of subscribers that throw. */
  constructor(log: ListenLog) {
    this.#log = log;
  }

  /** Number of channels that have subscribers. */
  get size(): number {
    return this.#channels.size;
  }

  /**
   * Begins to listen to a channel, as its name is written: upper case stays upper case.
   *
   * @throws `ChannelNameError` if PostgreSQL cannot have a channel of that name.
   */
  subscribe(channel: string, subscriber: Subscriber): Subscription {
    checkName(channel);
    const entry: Entry = { channel, subscriber };
    const entries = this.#channels.get(channel);
    if (entries) entries.add(entry);
    else this.#channels.set(channel, new Set([entry]));
    this.#untold.add(entry);
    this.#changed.ring();
    const unsubscribe = () => this.#remove(entry);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /**
   * Serves all subscribers by a connection that nothing else LISTENs on, until told to stop.
   *
   * @param listening called when LISTEN is in force for those that there are.
   * @throws what the connection was lost by; then {@link interrupt} is to be called.
   */
  async serve(connection: Connection, until: AbortSignal, listening: () => void = () => undefined): Promise<void> {
    using _stopped = this.#changed.ringOn(until);
    using _lost = this.#changed.ringOn(connection.lost);
    connection.onNotificationBytes((channel, payload, sender) => this.#notify(channel, payload, sender));
    this.#listened = new Set();
    while (!until.aborted) {
      connection.lost.throwIfAborted();
      await this.#synchronise(connection);
      listening();
      await this.#changed.wait();
    }
  }

  /** Tells all subscribers that nothing is heard until another connection serves them. */
  interrupt(error: unknown): void {
    this.#isInterrupted = true;
    for (const entry of this.#entries()) {
      this.#untold.add(entry);
      this.#guard(entry, () => entry.subscriber.interrupted?.(error));
    }
  }

  #remove(entry: Entry): void {
    const entries = this.#channels.get(entry.channel);
    if (!entries?.delete(entry)) return;
    this.#untold.delete(entry);
    if (entries.size > 0) return;
    this.#channels.delete(entry.channel);
    this.#changed.ring();
  }

  /** Makes PostgreSQL LISTEN to the channels that have subscribers, and tells those who were not told. */
  async #synchronise(connection: Connection): Promise<void> {
    const wanted = new Set(this.#channels.keys());
    const untold = [...this.#untold];
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
    // It may have left meanwhile.
    if (!this.#untold.delete(entry)) return;
    this.#guard(entry, () => entry.subscriber.listening?.(since));
  }

  #notify(channel: string, payload: Buffer, sender: number): void {
    const entries = this.#channels.get(channel);
    if (!entries) return;
    let text: string | undefined;
    for (const entry of entries) {
      const { subscriber } = entry;
      try {
        subscriber.notifiedBytes?.(payload);
        if (subscriber.notified) {
          text ??= payload.toString();
          subscriber.notified(text, sender);
        }
      } catch (error) {
        this.#report(entry, error);
      }
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
