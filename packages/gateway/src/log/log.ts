import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError } from '@pgwamp/core';
import { type Logger, OnceAMinute, type OpenPart, ResourceStack, unlessAborted } from '@pgwamp/core/internal/component';
import { Connection, ensureSlot, type Lsn } from '@pgwamp/core/internal/postgres';
import { type WalBatch, WalSource } from '@pgwamp/core/internal/sources';
import { LogUnavailableError } from '../errors.ts';
import { LogDecoder, type LogMessage } from './log-decoder.ts';
import { LogHistory, type Retention } from './log-history.ts';
import { ensurePublication } from './publication.ts';
import { advance, endOfLog, retainedBy, startOf, type Timeline, temporarySlot, timelineOf } from './slots.ts';

/** How the log is read. */
export interface LogOptions {
  readonly database: DatabaseConfiguration;
  /** What pg_stat_activity shows. */
  readonly applicationName: string;
  readonly log: Logger;
  /** The gateway's publication, of the tables that are watched. */
  readonly publication: string;
  /** Installs what topics come from. */
  prepare?(connection: Connection, until: AbortSignal): Promise<void>;
  /** Bytes of a row or a publication, above which it is not read. */
  readonly limit: number;
  /** The slot that keeps the log while no gateway runs, and how much of it. */
  readonly durable?: { readonly slot: string; readonly retention: Retention } | undefined;
}

/** Somebody who makes messages for clients of what is in the log. */
export interface LogWatcher {
  /** The log can be read again, or for the first time; what was changed in the catalogue meanwhile is to be looked for. */
  opened?(connection: Connection, stop: AbortSignal): Promise<void>;
  /**
   * Makes of messages what clients are told. The next ones come when it has resolved.
   *
   * @param tell is given what there is to tell because of a message; all watchers tell in the order of the log, so that a client that
   *   listens to several channels may resume all of them from the last message that it has.
   */
  take(messages: readonly LogMessage[], tell: (because: LogMessage, act: () => void) => void): Promise<void> | void;
  /** Once a second: whether the catalogue is still what it was. */
  check?(connection: Connection): Promise<void>;
  /** Messages may be missing from here on. */
  interrupted(reason: string): void;
  /** Nothing is missing from here on. */
  resumed(): void;
}

/** Milliseconds between two looks at the catalogue, and between two moves of the durable slot. */
const checkInterval = 1000;
const advanceInterval = 10_000;
/** Milliseconds between two questions how far PostgreSQL is, while what had been kept is read. */
const askInterval = 100;

/**
 * The write-ahead log, as the feeds of topics and tables read it: through one temporary slot, whatever is watched. Where a durable slot keeps
 * the log, the temporary one is a copy of it, so that what was committed while nobody read comes first, and is kept for clients that come back.
 */
export class Log {
  readonly options: LogOptions;
  /** What was read and is kept; undefined without a durable slot. */
  history: LogHistory | undefined;
  /** Bytes that PostgreSQL retains for the durable slot; undefined without one. */
  retained: number | undefined;
  readonly #watchers: LogWatcher[] = [];
  #present = Promise.withResolvers<Connection>();
  #last: LogMessage | undefined;
  /** The last message that was handed out before a loss, until what comes again has reached it. */
  #known: LogMessage | undefined;
  #position: Lsn = 0n;
  #timeline: Timeline | undefined;
  #isInterrupted = false;
  #handing: Promise<unknown> = Promise.resolve();
  /** Looks whether what had been kept was read. */
  #caughtUp: (() => void) | undefined;
  #asking: NodeJS.Timeout | undefined;

  constructor(options: LogOptions) {
    this.options = options;
  }

  /** Everything that was committed up to this position was handed to the watchers. No record of the log begins at it, so it is no message's id. */
  get position(): Lsn {
    return this.#position;
  }

  /** The timeline of its positions, once it was opened. */
  get timeline(): Timeline | undefined {
    return this.#timeline;
  }

  watch(watcher: LogWatcher): void {
    this.#watchers.push(watcher);
  }

  /** The connection to ask the catalogue with, once the log is read, and what had been kept of it was read. */
  get connection(): Promise<Connection> {
    return this.#present.promise;
  }

  /**
   * Does something between two batches: what it begins to watch gets every message after {@link position}. The next batch comes when whoever
   * waits for the result has it.
   */
  between<Result>(work: () => Promise<Result> | Result): Promise<Result> {
    const run = this.#handing.then(work);
    this.#handing = run.catch(() => undefined).then(turn);
    return run;
  }

  /**
   * Begins to read: where the last reading has ended, if the log is kept for so long.
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
    const waiting = setTimeout(() => log.info('waiting for transactions that write, to begin to read the log'), 2000);
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
        if (remarks.pass('') !== undefined) log.info('waiting: PostgreSQL decodes a large transaction');
      },
    });
    opening.catch(() => undefined).finally(() => clearTimeout(waiting));
    const source = stack.use(await unlessAborted(opening, until).catch((error: unknown) => closeLate(opening, error)));
    await this.#begin(await startOf(connection, slot.name), await timelineOf(connection));
    if (durable) this.#catchUp(connection, source, await endOfLog(connection));
    else this.#present.resolve(connection);
    return new Reading(connection, source, this, stack.move());
  }

  /** Hands out what is new of a batch, which may begin with what was handed out before the last loss. */
  async hand({ messages, position }: WalBatch<LogMessage>): Promise<void> {
    const handing = this.#handing.then(async () => {
      const fresh = this.#freshOf(messages);
      const acts: { readonly order: number; readonly act: () => void }[] = [];
      for (const watcher of this.#watchers) {
        await watcher.take(fresh, ({ order }, act) => void acts.push({ order, act }));
      }
      // Of one watcher and share they are in order, which sorting finds soon.
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

  /** Lets PostgreSQL forget what no client can resume from. */
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
    // What a durable slot keeps comes later, and nothing is missing.
    if (!this.options.durable) this.#interrupt(error.message);
  }

  async #keepLog(connection: Connection, slot: string): Promise<void> {
    const fate = await ensureSlot(connection, slot);
    if (fate === 'replaced')
      this.options.log.error({ slot }, 'PostgreSQL has given up the slot: clients cannot resume');
    if (fate === 'created')
      this.options.log.info({ slot }, 'durable slot created: PostgreSQL keeps the log for clients');
  }

  /** Whoever comes again is told what it has missed only when all of that is known. */
  #catchUp(connection: Connection, source: WalSource<LogMessage>, end: Lsn): void {
    this.#asking = setInterval(() => source.ask(), askInterval);
    this.#caughtUp = () => {
      if (this.#position + 1n < end) return;
      clearInterval(this.#asking);
      this.#caughtUp = undefined;
      this.#present.resolve(connection);
    };
  }

  /** @param confirmed everything that was committed from there on comes. */
  async #begin(confirmed: Lsn, timeline: Timeline): Promise<void> {
    const start = confirmed - 1n;
    await this.between(() => {
      const isFirst = this.#position === 0n;
      const isOther = !isFirst && timeline.name !== this.#timeline?.name;
      const isGap = isOther || (!isFirst && start > this.#position);
      if (isOther)
        this.#interrupt('another server has taken over, which may not have everything that the former one had');
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

/** The log while it is read. */
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

/** Everything that was resolved has been told by then. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
}

/** One that opens too late, when it is not wanted any more, is closed. */
function closeLate(opening: Promise<WalSource<LogMessage>>, error: unknown): never {
  opening.then((late) => late[Symbol.asyncDispose]()).catch(() => undefined);
  throw error;
}

async function checkServer(connection: Connection): Promise<void> {
  const [server] = await connection.query<Record<'standby' | 'logical' | 'replication', boolean>>(
    `SELECT pg_is_in_recovery() AS standby, current_setting('wal_level') = 'logical' AS logical,
       (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS replication`,
  );
  if (server?.standby) throw new DatabaseLostError('the server is a standby, whose log clients are not given');
  const missing = [
    ...(server?.logical ? [] : ['wal_level is not logical (set it in postgresql.conf and restart)']),
    ...(server?.replication ? [] : ['the role has no REPLICATION (ALTER ROLE ... REPLICATION)']),
  ];
  if (missing.length > 0) throw new LogUnavailableError(missing);
}
