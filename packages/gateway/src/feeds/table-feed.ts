import type { Connection } from '@pgwamp/core/internal/postgres';
import { StatementError } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import type { Client, Feed, FeedEvents, FeedMessage, Listening } from '../context.ts';
import { ChannelRefusedError } from '../errors.ts';
import type { Log, LogWatcher } from '../log/log.ts';
import type { LogMessage, TableChange } from '../log/log-decoder.ts';
import { publishTable } from '../log/publication.ts';
import type { Timeline } from '../log/slots.ts';
import { readTable, type Table } from '../log/table.ts';
import { changedRow, TableDescription, truncationPayload } from '../rows/row-change.ts';
import { columnsOfPolicies } from '../rows/row-plan.ts';
import { type RowRule, type Viewer, viewerOf } from '../rows/row-rule.ts';
import type { RowSecurity } from '../rows/row-security.ts';
import { ShareIndex } from '../rows/share-index.ts';
import { type TableEvent, type TableShare, tell } from '../rows/table-share.ts';

const prefix = 'table:';
/** Separates the name of a channel from the key of its share; no name contains it. */
const divider = '\0';

/** The options of a {@link TableFeed} besides the log. */
export interface TableFeedOptions {
  /** The tables that may be watched, by `schema.name`, each with the rule that decides which rows a client sees. */
  readonly tables: ReadonlyMap<string, RowRule>;
  /** Required if the rule of a table is `security`. */
  readonly security?: RowSecurity | undefined;
}

type Act = Parameters<LogWatcher['take']>[1];

/** A watched table. */
interface Watched {
  readonly table: Table;
  readonly shares: ShareIndex;
}

/** Channels `table:schema.name`: row changes from the write-ahead log, without triggers. */
export class TableFeed implements Feed, LogWatcher {
  readonly #log: Log;
  readonly #events: FeedEvents;
  readonly #options: TableFeedOptions;
  readonly #watched = new Map<number, Watched>();
  readonly #shares = new Map<string, TableShare>();
  readonly #descriptions = new WeakMap<WalTable, TableDescription>();
  /** The position of the log since which a table is published, if it was not published before. */
  readonly #published = new Map<number, bigint>();
  #stop = AbortSignal.abort();

  constructor(log: Log, events: FeedEvents, options: TableFeedOptions) {
    this.#log = log;
    this.#events = events;
    this.#options = options;
    log.watch(this);
  }

  get position(): bigint {
    return this.#log.position;
  }

  get timeline(): Timeline | undefined {
    return this.#log.timeline;
  }

  share(channel: string, client: Client): string {
    const rule = this.#options.tables.get(channel.slice(prefix.length));
    if (!rule) throw new ChannelRefusedError(channel, 'the gateway does not offer this table');
    const viewer = viewerOf(channel, rule, client);
    return viewer.rows === 'all' ? channel : `${channel}${divider}${JSON.stringify(viewer)}`;
  }

  async listen(key: string): Promise<Listening> {
    const { channel, viewer } = readShare(key);
    const connection = await this.#log.connection;
    const table = await this.#publish(connection, channel.slice(prefix.length));
    await this.#checkViewer(channel, table, viewer);
    return this.#log.between(async () => {
      const share = { key, oid: table.oid, viewer };
      const { history, position } = this.#log;
      const since = later(history?.from ?? position, this.#published.get(table.oid));
      const known = await this.#past(share, table, history?.messages ?? [], since);
      const watched = this.#watched.get(table.oid) ?? { table, shares: new ShareIndex() };
      this.#watched.set(table.oid, watched);
      watched.shares.add(share);
      this.#shares.set(key, share);
      return known;
    });
  }

  unlisten(key: string): void {
    const share = this.#shares.get(key);
    if (!share) return;
    this.#shares.delete(key);
    const watched = this.#watched.get(share.oid);
    watched?.shares.remove(share);
    if (watched?.shares.shares.size === 0) this.#watched.delete(share.oid);
  }

  /**
   * Publishes all tables that are not published yet, so that the log contains their changes before a client watches.
   */
  async opened(connection: Connection, stop: AbortSignal): Promise<void> {
    this.#stop = stop;
    if (!this.#log.options.durable) return;
    for (const name of this.#options.tables.keys()) {
      try {
        await this.#publish(connection, name);
      } catch (error) {
        if (!(error instanceof ChannelRefusedError)) throw error;
        this.#log.options.log.warn({ table: name }, '%s', error.message);
      }
    }
  }

  async take(messages: readonly LogMessage[], act: Act): Promise<void> {
    const changes = messages.filter(({ change }) => change !== undefined);
    if (changes.length === 0 || this.#watched.size === 0) return;
    const told = [...this.#watched.values()].flatMap((watched) => {
      const events = this.#eventsOf(watched.table, changes);
      return events.length === 0 ? [] : this.#tellAll(watched, events, act);
    });
    await Promise.all(told);
  }

  async check(connection: Connection): Promise<void> {
    for (const { table, shares } of this.#watched.values()) {
      const now = await readTable(connection, { publication: this.#log.options.publication, table: table.oid });
      const reason = changeOf(table, now);
      if (reason === undefined) continue;
      for (const { key } of [...shares.shares]) this.#end(key, reason);
    }
  }

  interrupted(reason: string): void {
    this.#events.interrupted([...this.#shares.keys()], reason);
  }

  resumed(): void {
    this.#events.resumed([...this.#shares.keys()]);
  }

  async #publish(connection: Connection, name: string): Promise<Table> {
    const { publication } = this.#log.options;
    const { table, since } = await publishTable(connection, publication, name, this.#stop);
    if (since !== undefined) this.#published.set(table.oid, since);
    return table;
  }

  /** Refuses a table if the permission to see its deleted rows, or rows that became invisible, cannot be checked. */
  async #checkViewer(channel: string, table: Table, viewer: Viewer): Promise<void> {
    const full = `ALTER TABLE ${table.sql} REPLICA IDENTITY FULL`;
    if (viewer.rows === 'filter') {
      if (table.identity === 'full' || table.identityColumns.includes(viewer.column)) return;
      const why = `column "${viewer.column}" is missing in the log when a row is deleted`;
      throw new ChannelRefusedError(channel, `${why}; run: ${full}`);
    }
    if (viewer.rows === 'all') return;
    const { identity } = viewer;
    const plan = await this.#options.security?.plan(identity, table.oid).catch((error: unknown) => {
      if (!(error instanceof StatementError)) throw error;
      throw new ChannelRefusedError(channel, `role "${identity.role}" cannot be asked: ${error.message}`, {
        cause: error,
      });
    });
    if (!plan?.schemaUsage || plan.readable.length === 0) {
      throw new ChannelRefusedError(channel, `role "${identity.role}" may not SELECT any column of the table`);
    }
    if (!plan.isSecured) return;
    if (table.identity !== 'full') {
      const why = 'the table has row level security, which has to be evaluated over whole old rows';
      throw new ChannelRefusedError(channel, `${why}; run: ${full}`);
    }
    const computed = columnsOfPolicies(plan).find((name) => table.generated.includes(name));
    if (computed === undefined) return;
    throw new ChannelRefusedError(channel, `a policy depends on column "${computed}", which is generated`);
  }

  /** The kept messages, starting after the last incomplete one. */
  async #past(
    share: TableShare,
    table: Table,
    messages: readonly LogMessage[],
    from: bigint,
  ): Promise<Required<Listening>> {
    let past: FeedMessage[] = [];
    let since = from;
    const to = {
      message: ({ id, position }: LogMessage, payload: string) =>
        void past.push({ channel: share.key, payload, id, position }),
      missing: ({ position }: LogMessage) => {
        since = position;
        past = [];
      },
    };
    const kept = messages.filter(({ position, change }) => change !== undefined && position > since);
    await tell(share, table, this.#eventsOf(table, kept), this.#options.security, to);
    return { since, past };
  }

  #tellAll(watched: Watched, events: readonly TableEvent[], act: Act): Promise<void>[] {
    const { table, shares } = watched;
    return [...shares.route(events)].map(async ([share, own]) => {
      const { key: channel } = share;
      const to = {
        message: (because: LogMessage, payload: string) => {
          const { id, position } = because;
          act(because, () => this.#events.message({ channel, payload, id, position }));
        },
        missing: (because: LogMessage, reason: string) =>
          act(because, () => {
            this.#events.interrupted([channel], reason);
            this.#events.resumed([channel]);
          }),
      };
      try {
        const mayRead = await tell(share, table, own, this.#options.security, to);
        if (!mayRead) this.#end(share.key, 'the rows may not be read any more');
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        this.#log.options.log.warn({ table: table.name }, 'rows cannot be checked: %s', error.message);
        this.#end(share.key, 'the rows cannot be checked any more');
      }
    });
  }

  #end(key: string, reason: string): void {
    this.unlisten(key);
    this.#events.ended?.(key, reason);
  }

  #eventsOf(table: Table, messages: readonly LogMessage[]): TableEvent[] {
    const events: TableEvent[] = [];
    for (const because of messages) {
      const event = because.change && this.#eventOf(table, because, because.change);
      if (event) events.push(event);
    }
    return events;
  }

  #eventOf(table: Table, because: LogMessage, change: TableChange): TableEvent | undefined {
    if (change.kind === 'truncate') {
      const truncated = change.tables.find(({ oid }) => oid === table.oid);
      return truncated && { because, payload: truncationPayload(truncated, change.transaction.at) };
    }
    if (change.table.oid !== table.oid) return undefined;
    if (change.kind === 'too_large')
      return { because, missing: `a row is larger than the limit (${change.operation})` };
    return { because, row: changedRow(change as RowChange, this.#describe(change.table, table)) };
  }

  #describe(table: WalTable, catalogued: Table): TableDescription {
    const description = this.#descriptions.get(table) ?? new TableDescription(table, catalogued);
    this.#descriptions.set(table, description);
    return description;
  }
}

function readShare(key: string): { readonly channel: string; readonly viewer: Viewer } {
  const [channel = '', viewer] = key.split(divider);
  return { channel, viewer: viewer === undefined ? { rows: 'all' } : (JSON.parse(viewer) as Viewer) };
}

function later(one: bigint, other: bigint | undefined): bigint {
  return other !== undefined && other > one ? other : one;
}

/** Describes how a table has changed since its subscribers joined; undefined if it has not. */
function changeOf(before: Table, now: Table | undefined): string | undefined {
  if (!now) return 'the table was dropped';
  if (now.sql !== before.sql) return `the table was renamed to ${now.sql}`;
  if (now.published === null) return 'the table was taken out of the publication';
  if (now.omitted !== null) return `the publication omits ${now.omitted}`;
  if (now.published !== before.published) return 'the publication of the table was changed';
  if (now.identity !== before.identity) return 'the replica identity of the table was changed';
  return undefined;
}
