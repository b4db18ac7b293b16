import { workerDatabase } from '@pgwamp/config';
import type { Logger, Waits } from '@pgwamp/core/internal/component';
import { type ChannelSubscriptions, type Connection, lsnText, type Subscription } from '@pgwamp/core/internal/postgres';
import { createAccess } from './access/access.ts';
import { DatabaseFunction, FunctionUnusableError } from './access/database-function.ts';
import { Permissions, permissionParameters } from './access/permissions.ts';
import { ReopenablePool } from './access/reopenable-pool.ts';
import type { GatewayExtra } from './configuration.ts';
import type { Access, Feed, FeedEvents, Receiver } from './context.ts';
import { ChannelRefusedError } from './errors.ts';
import { TableFeed } from './feeds/table-feed.ts';
import { TopicFeed } from './feeds/topic-feed.ts';
import { Log } from './log/log.ts';
import { prepareDatabase } from './prepare-database.ts';
import { FunctionReceiver, receiverParameters } from './receive/function-receiver.ts';
import { RowSecurity } from './rows/row-security.ts';
import type { LogStatus, TableStatus } from './status.ts';

/**
 * A NOTIFY on this channel makes `auth` of type `sql` check permissions again: for the channel in the payload, or for
 * all.
 */
const askAgainChannel = 'pgwamp_permissions';
const applicationName = 'pgwamp gateway';
/** Limit of tasks that wait for a session that evaluates policies: one task per identity checks some rows. */
const rowQueue = 100_000;

/** The database services of a gateway besides LISTEN: permissions, messages of clients, and the feeds of the log. */
export class DatabaseServices {
  readonly access: Access;
  readonly receiver: Receiver | undefined;
  /** Undefined without topics and tables. */
  readonly log: Log | undefined;
  readonly #extra: GatewayExtra;
  readonly #logger: Logger;
  readonly #waits: Waits;
  readonly #pools: ReopenablePool[] = [];
  readonly #functions: DatabaseFunction[] = [];
  readonly #permissions: Permissions | undefined;
  readonly #topics: Feed | undefined;
  readonly #tables: Feed | undefined;
  readonly #rules: ReadonlyMap<string, TableStatus['rows']>;

  /**
   * @param connection the connection that LISTENs, if there is one.
   * @throws `ConfigurationError` if a key of `extra.auth` cannot be used.
   */
  constructor(
    extra: GatewayExtra,
    logger: Logger,
    waits: Waits,
    events: FeedEvents,
    connection: () => Connection | undefined,
  ) {
    const { auth, receive, topics, log, limits } = extra;
    const tables = new Map(Object.entries(extra.tables));
    this.#extra = extra;
    this.#logger = logger;
    this.#waits = waits;
    this.#rules = new Map([...tables].map(([name, rule]) => [name, ruleText(rule)]));
    if (auth.type === 'sql') {
      const pool = this.#pool({ size: 2, queue: rowQueue });
      const asked = new DatabaseFunction(auth.function, permissionParameters, connection);
      this.#functions.push(asked);
      this.#permissions = new Permissions({ pool, log: logger, function: asked, timeout: auth.timeout });
    }
    this.access = createAccess(auth, logger, this.#permissions, limits.max_failed_authentications);
    if (receive) {
      const pool = this.#pool({ size: receive.sessions, queue: receive.queue, rowLimit: receive.max_answer_size });
      const called = new DatabaseFunction(receive.function, receiverParameters, connection);
      this.#functions.push(called);
      this.receiver = new FunctionReceiver({ ...receive, function: called, pool, log: logger, role: receive.role });
    }
    if (!topics && tables.size === 0) return;
    this.log = new Log({
      ...{ database: extra.database, applicationName, log: logger, publication: log.publication },
      prepare: (connection, until) => this.prepare(connection, until),
      limit: log.max_message_size,
      durable: log.durable && { slot: log.durable.slot, retention: log.durable },
    });
    const security = new RowSecurity(this.#pool({ size: log.sessions, queue: rowQueue }), log.row_timeout);
    if (topics) this.#topics = new TopicFeed(this.log, events);
    if (tables.size > 0) this.#tables = new TableFeed(this.log, events, { tables, security });
  }

  /**
   * The feed of a channel of the log; undefined for a NOTIFY channel.
   *
   * @throws `ChannelRefusedError` if its kind is not configured.
   */
  feedOf(channel: string): Feed | undefined {
    const [kind] = /^(?:topic|table)(?=:)/.exec(channel) ?? [];
    if (kind === undefined) return undefined;
    const feed = kind === 'topic' ? this.#topics : this.#tables;
    if (feed) return feed;
    throw new ChannelRefusedError(channel, `the gateway offers no channels of this kind: extra.${kind}s is not set`);
  }

  /** Installs the required database objects. */
  async prepare(connection: Connection, until: AbortSignal): Promise<void> {
    const { topics } = this.#extra;
    if (this.#pools.length === 0) return;
    const what = 'waiting to install: other sessions hold locks';
    await this.#waits.during(what, until, (patience) => prepareDatabase(connection, topics, this.#logger, patience));
  }

  /** Looks up the functions of the configuration, and warns of those that cannot be called. */
  async checkFunctions(): Promise<void> {
    for (const each of this.#functions) {
      await each.check().catch((error: unknown) => {
        if (!(error instanceof FunctionUnusableError)) throw error;
        this.#logger.warn('%s cannot be called: %s', each.name, error.message);
      });
    }
  }

  /** Checks permissions again whenever the database notifies that some may have been revoked. */
  follow(subscriptions: ChannelSubscriptions): Subscription | undefined {
    const permissions = this.#permissions;
    return (
      permissions &&
      subscriptions.subscribe(askAgainChannel, {
        notified: (channel) => void permissions.askAgain(channel === '' ? undefined : channel),
        listening: () => void permissions.askAgain(),
      })
    );
  }

  /** The status of the log. */
  get logStatus(): LogStatus | undefined {
    const { log } = this;
    return (
      log && {
        position: lsnText(log.position),
        slot: this.#extra.log.durable?.slot,
        retained: log.retained,
        resumesFrom: log.history && lsnText(log.history.from),
      }
    );
  }

  /** The rules that decide which rows clients see. */
  get tableStatus(): readonly TableStatus[] {
    return [...this.#rules].map(([table, rows]) => ({ table, rows }));
  }

  async close(): Promise<void> {
    this.#permissions?.[Symbol.dispose]();
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  /** Cancels all running work. */
  destroy(): void {
    for (const pool of this.#pools) pool.destroy();
  }

  #pool(options: ConstructorParameters<typeof ReopenablePool>[1]): ReopenablePool {
    const pool = new ReopenablePool(workerDatabase(this.#extra.database), options);
    this.#pools.push(pool);
    return pool;
  }
}

function ruleText(rule: GatewayExtra['tables'][string]): string {
  if (rule.rows === 'security') return 'by row level security and the privileges of the role';
  return rule.rows === 'all' ? 'all' : `where "${rule.column}" is claim "${rule.claim}"`;
}
