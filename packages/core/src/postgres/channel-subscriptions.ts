import { Doorbell } from '../doorbell.ts';
import { ChannelNameError } from '../errors.ts';
import { OnceAMinute } from '../once-a-minute.ts';
import type { Connection } from './connection.ts';
import { quotedIdentifier } from './quoting.ts';
import { isServerError, reason } from './server-error.ts';

/** PostgreSQL silently truncates longer names. */
const nameBytes = 63;

/** A point in time of a database, comparable with later ones. */
export interface Position {
  /** PostgreSQL's `clock_timestamp()`, in UTC, such as `2026-01-31 12:00:00.123456`. */
  readonly time: string;
  /** The position in the write-ahead log, such as `16/B374D848`. */
  readonly lsn: string;
}

/** Callbacks of a subscriber. If one throws, the other subscribers are not affected. */
export interface Subscriber {
  /**
   * A NOTIFY arrived.
   *
   * @param sender process id of the sending server process. PostgreSQL adds it, so it cannot be forged.
   */
  notified?(payload: string, sender: number): void;
  /** Called with the payload as bytes: a slice of all that was read from the connection with it. */
  notifiedBytes?(payload: Buffer): void;
  /**
   * Called when LISTEN is in force: all notifications of transactions that commit after `since` will arrive. Earlier
   * ones may have been missed. After a loss, it is called again.
   */
  listening?(since: Position): void;
  /**
   * Called when the connection was lost or could not be opened. No notifications arrive until `listening` is called
   * again.
   */
  interrupted?(error: unknown): void;
  /** Called when the database cannot have a channel with this name. The subscription has ended. */
  refused?(error: ChannelNameError): void;
}

/** A subscription. {@link Subscription.unsubscribe} or its disposal ends it. */
export interface Subscription extends Disposable {
  unsubscribe(): void;
}

/** The logger methods that are used. */
export interface ListenLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A subscriber of a channel. */
interface Entry {
  readonly channel: string;
  readonly subscriber: Subscriber;
}

/**
 * Manages the subscribers of NOTIFY channels. The connection passed to it LISTENs to each channel that has subscribers.
 *
 * @see https://www.postgresql.org/docs/current/sql-listen.html
 */
export class ChannelSubscriptions {
  readonly #log: ListenLog;
  readonly #channels = new Map<string, Set<Entry>>();
  /** Subscribers that have not been informed that LISTEN is in force. */
  readonly #uninformed = new Set<Entry>();
  /** The channels to which the connection LISTENs. */
  #listened = new Set<string>();
  readonly #changed = new Doorbell();
  readonly #warnings = new OnceAMinute();
  #isInterrupted = false;

  /** @param log receives errors of subscribers. */
  constructor(log: ListenLog) {
    this.#log = log;
  }

  /** Number of channels that have subscribers. */
  get size(): number {
    return this.#channels.size;
  }

  /**
   * Subscribes to a channel. The name is used exactly as written, with upper case.
   *
   * @throws `ChannelNameError` if PostgreSQL cannot have a channel with this name.
   */
  subscribe(channel: string, subscriber: Subscriber): Subscription {
    checkChannelName(channel);
    const entry: Entry = { channel, subscriber };
    const entries = this.#channels.get(channel);
    if (entries) entries.add(entry);
    else this.#channels.set(channel, new Set([entry]));
    this.#uninformed.add(entry);
    this.#changed.ring();
    const unsubscribe = () => this.#remove(entry);
    return { unsubscribe, [Symbol.dispose]: unsubscribe };
  }

  /**
   * Serves all subscribers on a connection that nothing else uses for LISTEN, until `until` aborts.
   *
   * @param listening called when LISTEN is in force for all current subscribers.
   * @throws the reason why the connection was lost. The caller then has to call {@link interrupt}.
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

  /** Informs all subscribers that no notifications arrive until another connection serves them. */
  interrupt(error: unknown): void {
    this.#isInterrupted = true;
    for (const entry of this.#entries()) {
      this.#uninformed.add(entry);
      this.#guard(entry, () => entry.subscriber.interrupted?.(error));
    }
  }

  #remove(entry: Entry): void {
    const entries = this.#channels.get(entry.channel);
    if (!entries?.delete(entry)) return;
    this.#uninformed.delete(entry);
    if (entries.size > 0) return;
    this.#channels.delete(entry.channel);
    this.#changed.ring();
  }

  /** LISTENs to the channels that have subscribers, and informs subscribers that are not informed yet. */
  async #synchronise(connection: Connection): Promise<void> {
    const wanted = new Set(this.#channels.keys());
    const uninformed = [...this.#uninformed];
    const added = [...wanted.difference(this.#listened)];
    const refused = await listenTo(connection, added, [...this.#listened.difference(wanted)]);
    this.#listened = wanted.difference(refused);
    for (const [channel, error] of refused) this.#refuse(channel, error);
    if (this.#isInterrupted) this.#log.info({ channels: wanted.size }, 'listening to notifications again');
    this.#isInterrupted = false;
    if (uninformed.length === 0) return;
    // This is a separate transaction, because LISTEN takes effect at the end of its transaction.
    const [since] = await connection.query<{ time: string; lsn: string }>(
      `SELECT (clock_timestamp() AT TIME ZONE 'UTC')::text AS time, pg_current_wal_insert_lsn()::text AS lsn`,
    );
    for (const entry of uninformed) this.#confirm(entry, since ?? { time: '', lsn: '0/0' });
  }

  #refuse(channel: string, error: ChannelNameError): void {
    for (const entry of this.#channels.get(channel) ?? []) {
      this.#remove(entry);
      if (entry.subscriber.refused) this.#guard(entry, () => entry.subscriber.refused?.(error));
      else this.#report(entry, error);
    }
  }

  #confirm(entry: Entry, since: Position): void {
    // The subscriber may have unsubscribed in the meantime.
    if (!this.#uninformed.delete(entry)) return;
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

  #guard(entry: Entry, callback: () => void): void {
    try {
      callback();
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

/**
 * LISTENs to channels, and no longer to others.
 *
 * @returns the channels that the database cannot have: not every encoding has all characters.
 */
async function listenTo(
  connection: Connection,
  added: readonly string[],
  removed: readonly string[],
): Promise<Map<string, ChannelNameError>> {
  const listens = added.map((channel) => `LISTEN ${quotedIdentifier(channel)}`);
  const unlistens = removed.map((channel) => `UNLISTEN ${quotedIdentifier(channel)}`);
  const refused = new Map<string, ChannelNameError>();
  if (added.length + removed.length === 0) return refused;
  try {
    await connection.query([...listens, ...unlistens].join('; '));
    return refused;
  } catch (error) {
    if (!isUntranslatable(error)) throw error;
  }
  // PostgreSQL does not say which name it is.
  for (const [index, channel] of added.entries()) {
    try {
      await connection.query(listens[index] ?? '');
    } catch (error) {
      if (!isUntranslatable(error)) throw error;
      const why = `the encoding of the database cannot represent it: ${reason(error)}`;
      refused.set(channel, new ChannelNameError(channel, why));
    }
  }
  if (removed.length > 0) await connection.query(unlistens.join('; '));
  return refused;
}

/** 22P05: the encoding of the database lacks a character. 22021: it has no such bytes. */
function isUntranslatable(error: unknown): boolean {
  return isServerError(error) && /^(22P05|22021)$/.test(error.code ?? '');
}

/**
 * Checks the name of a channel.
 *
 * @throws `ChannelNameError` if PostgreSQL cannot have a channel with this name.
 */
export function checkChannelName(channel: string): void {
  const bytes = Buffer.byteLength(channel);
  if (bytes === 0) throw new ChannelNameError(channel, 'it is empty');
  if (bytes > nameBytes)
    throw new ChannelNameError(channel, `it has ${bytes} bytes, PostgreSQL takes at most ${nameBytes}`);
  if (channel.includes('\0')) throw new ChannelNameError(channel, 'it contains U+0000');
  if (!channel.isWellFormed()) throw new ChannelNameError(channel, 'it contains half a surrogate pair');
}
