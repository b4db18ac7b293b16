import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError } from '@pgwamp/core';
import { type Logger, OnceAMinute, type OpenPart, ResourceStack, unlessAborted } from '@pgwamp/core/internal/component';
import { Connection, ensureSlot, type Lsn, missingForLog } from '@pgwamp/core/internal/postgres';
import { type WalBatch, WalSource } from '@pgwamp/core/internal/sources';
import { LogUnavailableError } from '../errors.ts';
import { LogDecoder, type LogMessage } from './log-decoder.ts';
import { LogHistory, type Retention } from './log-history.ts';
import { ensurePublication } from './publication.ts';
import { advance, endOfLog, retainedBy, startOf, type Timeline, temporarySlot, timelineOf } from './slots.ts';

/** The options of reading the log. */
export interface LogOptions {
  readonly database: DatabaseConfiguration;
  /** The application name in pg_stat_activity. */
  readonly applicationName: string;
  readonly log: Logger;
  /** The publication of the gateway, with the watched tables. */
  readonly publication: string;
  /** Installs the database objects that topics require. */
  prepare?(connection: Connection, until: AbortSignal): Promise<void>;
  /** Size limit in bytes of a row or a publication; a larger one is not read. */
  readonly limit: number;
  /** The slot that keeps the log while no gateway runs, and its limits. */
  readonly durable?: { readonly slot: string; readonly retention: Retention } | undefined;
}

/** Converts messages of the log to messages for clients. */
export interface LogWatcher {
  /** Called when the log can be read, first or again. The watcher checks for changes of the catalog in the meantime. */
  opened?(connection: Connection, stop: AbortSignal): Promise<void>;
  /**
   * Converts messages. The next ones are passed when the promise has resolved.
   *
   * @param tell registers a function that sends messages to clients because of a log message. The functions of all
   *   watchers run in the order of the log, so that a client of several channels can resume all of them from its last
   *   message.
   */
  take(messages: readonly LogMessage[], tell: (because: LogMessage, act: () => void) => void): Promise<void> | void;
  /** Called once a second to check for changes of the catalog. */
  check?(connection: Connection): Promise<void>;
  /** Messages may be missing from here on. */
  interrupted(reason: string): void;
  /** Nothing is missing from here on. */
  resumed(): void;
}

/** Intervals in milliseconds between two checks of the catalog, and between two advances of the durable slot. */
const checkInterval = 1000;
const advanceInterval = 10_000;
/** Interval in milliseconds between two requests for PostgreSQL's position, while kept messages are read. */
const askInterval = 100;

/**
 * The write-ahead log for the feeds of topics and tables, read through one temporary slot. If a durable slot keeps the
 * log, the temporary slot is a copy of it. Then the messages committed while no gateway was reading come first, and
 * messages are kept for clients that reconnect.
 */
export class Log {
  readonly options: LogOptions;
  /** The kept messages; undefined without a durable slot. */
  history: LogHistory | undefined;
  /** Bytes that PostgreSQL retains for the durable slot; undefined without one. */
  retained: number | undefined;
  readonly #watchers: LogWatcher[] = [];
  #present = Promise.withResolvers<Connection>();
  #last: LogMessage | undefined;
  /** The last message delivered before a loss, until the repeated messages have reached it. */
  #known: LogMessage | undefined;
  #position: Lsn = 0n;
  #timeline: Timeline | undefined;
  #isInterrupted = false;
  #handing: Promise<unknown> = Promise.resolve();
  /** Checks whether all kept messages have been read. */
  #caughtUp: (() => void) | undefined;
  #asking: NodeJS.Timeout | undefined;

  constructor(options: LogOptions) {
    this.options = options;
  }

  /**
   * All messages committed up to this position were passed to the watchers. No record of the log begins at it, so it is
   * not the id of a message.
   */
  get position(): Lsn {
    return this.#position;
  }

  /** The timeline of its positions; undefined before the first opening. */
  get timeline(): Timeline | undefined {
    return this.#timeline;
  }

  watch(watcher: LogWatcher): void {
    this.#watchers.push(watcher);
  }

  /** The connection for queries of the catalog; available once all kept messages have been read. */
  get connection(): Promise<Connection> {
    return this.#present.promise;
  }

  /**
   * Runs a function between two batches. A channel that it starts to watch receives every message after {@link
   * position}. The next batch is delivered after the caller has received the result.
   */
  between<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    const run = this.#handing.then(work);
    this.#handing = run.catch(() => undefined).then(turn);
    return run;
  }

  /**
   * Starts to read at the position where the last reading ended, if the log is still kept.
   *
   * @throws `LogUnavailableError`, `GatewayPublicationError`
   */
  async open(until: AbortSignal): Promise<OpenPart> {
    await using stack = new ResourceStack();
    const { database, applicationName, publication, durable, limit, log } = this.options;
    const connection = stack.use(await Connection.open(database, applicationName));
    await checkServer(connection);
    await this.options.prepare?.(connection, until);
    await ensurePublication(connection, publication);
    for (const watcher of this.#watchers) await watcher.opened?.(connection, until);
    if (durable) await this.#keepLog(connection, durable.slot);
    const slot = temporarySlot(durable?.slot);
    const remarks = new OnceAMinute();
    const waiting = setTimeout(() => log.info('waiting for running write transactions before reading the log'), 2000);
    const opening = WalSource.open<LogMessage>({
      database,
      applicationName,
      slot: slot.name,
      prepare: slot.statement,
      publications: [publication],
      limit,
      decoders: [new LogDecoder()],
      control: connection,
      busy() {
        if (remarks.pass('') !== undefined) log.info('waiting while PostgreSQL decodes a large transaction');
      },
    });
    opening.catch(() => undefined).finally(() => clearTimeout(waiting));
    const source = stack.use(await unlessAborted(opening, until).catch((error: unknown) => closeLate(opening, error)));
    await this.#begin(await startOf(connection, slot.name), await timelineOf(connection));
    if (durable) this.#catchUp(connection, source, await endOfLog(connection));
    else this.#present.resolve(connection);
    return new Reading(connection, source, this, stack.move());
  }

  /** Delivers the new messages of a batch, whose first messages may have been delivered before the last loss. */
  async hand({ messages, position }: WalBatch<LogMessage>): Promise<void> {
    const handing = this.#handing.then(async () => {
      const fresh = this.#freshOf(messages);
      const acts: { readonly order: number; readonly act: () => void }[] = [];
      for (const watcher of this.#watchers) {
        await watcher.take(fresh, ({ order }, act) => void acts.push({ order, act }));
      }
      // Each watcher and share adds its functions in order, so sorting is fast.
      acts.sort((one, other) => one.order - other.order);
      for (const { act } of acts) act();
      if (this.history) for (const message of fresh) this.history.add(message);
      this.#last = fresh.at(-1) ?? this.#last;
      if (position === undefined) return;
      if (position - 1n > this.#position) this.#position = position - 1n;
      this.history?.reach(this.#position);
      this.#caughtUp?.();
    });
    this.#handing = handing.catch(() => undefined);
    await handing;
  }

  async check(connection: Connection): Promise<void> {
    for (const watcher of this.#watchers) await watcher.check?.(connection);
  }

  /** Lets PostgreSQL discard the log that no client can resume from. */
  async advance(connection: Connection): Promise<void> {
    const { durable } = this.options;
    if (!durable) return;
    if (this.history) await advance(connection, durable.slot, this.history.from);
    this.retained = await retainedBy(connection, durable.slot);
  }

  lose(error: Error): void {
    clearInterval(this.#asking);
    this.#caughtUp = undefined;
    this.#present = Promise.withResolvers();
    // With a durable slot, the messages come later and none is missing.
    if (!this.options.durable) this.#interrupt(error.message);
  }

  async #keepLog(connection: Connection, slot: string): Promise<void> {
    const fate = await ensureSlot(connection, slot);
    if (fate === 'replaced')
      this.options.log.error({ slot }, 'PostgreSQL has invalidated the slot: clients cannot resume');
    if (fate === 'created')
      this.options.log.info({ slot }, 'durable slot created: PostgreSQL keeps the log for clients');
  }

  /** Clients that resume wait until all kept messages are known. */
  #catchUp(connection: Connection, source: WalSource<LogMessage>, end: Lsn): void {
    this.#asking = setInterval(() => source.ask(), askInterval);
    this.#caughtUp = () => {
      if (this.#position + 1n < end) return;
      clearInterval(this.#asking);
      this.#caughtUp = undefined;
      this.#present.resolve(connection);
    };
  }

  /** @param confirmed all messages committed after this position arrive. */
  async #begin(confirmed: Lsn, timeline: Timeline): Promise<void> {
    const start = confirmed - 1n;
    await this.between(() => {
      const isFirst = this.#position === 0n;
      const isOther = !isFirst && timeline.name !== this.#timeline?.name;
      const isGap = isOther || (!isFirst && start > this.#position);
      if (isOther)
        this.#interrupt('another server has taken over; it may lack the last transactions of the former one');
      else if (isGap) this.#interrupt('a part of the log could not be read');
      this.#timeline = timeline;
      if (isFirst || isGap) {
        this.#position = start;
        if (this.options.durable) this.history = new LogHistory(this.options.durable.retention, start);
      }
      this.#known = isGap ? undefined : this.#last;
      if (this.#isInterrupted) for (const watcher of this.#watchers) watcher.resumed();
      this.#isInterrupted = false;
    });
  }

  #interrupt(reason: string): void {
    if (this.#isInterrupted) return;
    this.#isInterrupted = true;
    for (const watcher of this.#watchers) watcher.interrupted(reason);
  }

  #freshOf(messages: readonly LogMessage[]): readonly LogMessage[] {
    const known = this.#known;
    if (!known) return messages;
    const isKnown = ({ id, position }: LogMessage) => id === known.id && position === known.position;
    const index = messages.findIndex((message) => message.position > known.position || isKnown(message));
    if (index < 0) return [];
    this.#known = undefined;
    return messages.slice(isKnown(messages[index] as LogMessage) ? index + 1 : index);
  }
}

/** The log while it is being read. */
class Reading implements OpenPart {
  readonly lost: AbortSignal;
  readonly #lost = new AbortController();
  readonly #stop = new AbortController();
  readonly #connection: Connection;
  readonly #log: Log;
  readonly #resources: ResourceStack;
  readonly #work: Promise<unknown>;

  constructor(connection: Connection, source: WalSource<LogMessage>, log: Log, resources: ResourceStack) {
    this.lost = this.#lost.signal;
    this.#connection = connection;
    this.#log = log;
    this.#resources = resources;
    connection.lost.addEventListener('abort', () => this.#lose(connection.lost.reason), { signal: this.#stop.signal });
    const work = [this.#read(source), this.#supervise()];
    this.#work = Promise.all(work.map((part) => part.catch((error: Error) => this.#lose(error))));
  }

  destroy(): void {
    this.#connection.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work;
    if (!this.lost.aborted) this.#log.lose(new DatabaseLostError('it was closed'));
    await this.#resources[Symbol.asyncDispose]();
  }

  async #read(source: WalSource<LogMessage>): Promise<void> {
    for await (const batch of source.read(this.#stop.signal)) {
      await this.#log.hand(batch);
      await batch.confirm?.();
    }
  }

  async #supervise(): Promise<void> {
    const { signal } = this.#stop;
    let advanced = performance.now();
    while (!signal.aborted) {
      await pause(checkInterval, signal);
      if (signal.aborted) return;
      await this.#log.check(this.#connection);
      if (performance.now() - advanced < advanceInterval) continue;
      advanced = performance.now();
      await this.#log.advance(this.#connection);
    }
  }

  #lose(error: Error): void {
    if (this.lost.aborted || this.#stop.signal.aborted) return;
    this.#log.lose(error);
    this.#lost.abort(error);
    this.#stop.abort();
  }
}

/** By the next turn, the callbacks of all settled promises have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}

/** Closes a source that opens after it is no longer wanted. */
function closeLate(opening: Promise<WalSource<LogMessage>>, error: unknown): never {
  opening.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined);
  throw error;
}

async function checkServer(connection: Connection): Promise<void> {
  const [server] = await connection.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
  if (server?.standby)
    throw new DatabaseLostError('the server is a standby, and the gateway reads the log of a primary only');
  const missing = await missingForLog(connection);
  if (missing.length > 0) throw new LogUnavailableError(missing);
}
