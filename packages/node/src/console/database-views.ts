import type { DatabaseConfiguration } from '@pgwamp/config';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { type FindPublication, type Trace, traceMessage } from './trace.ts';

/** Time in milliseconds after which an idle connection is closed. */
const idle = 60_000;

const loadConnection = () => import('@pgwamp/core/internal/postgres');

/** Limits of rows of a list, of functions, and of characters of a payload, that the page receives. */
const [rows, functions, characters] = [200, 500, 4000];

/** Functions with problems come first, because others may be beyond the limit. */
const functionsOf = (view: string) =>
  `SELECT * FROM ${view} ORDER BY state IN ('registered', 'subscribed'), uri LIMIT ${functions}`;

/** The truncated text of a payload column. */
const cut = (column: string) => `left(${column}::text, ${characters}) AS ${column}`;

/**
 * The parameters of a function, each of which has a field on the page. A domain, which may be over another domain, has
 * the choices of its base type.
 */
const parameters = `SELECT jsonb_agg(jsonb_build_object(
      'name', coalesce(proargnames[number], ''), 'type', format_type(argument, NULL), 'base', format_type(base.oid, NULL),
      'category', base.typcategory, 'standard', pg_get_function_arg_default(pg_proc.oid, number::int), 'isNullable', is_nullable,
      'isVariadic', coalesce(proargmodes[number] = 'v', false),
      'choices', (SELECT jsonb_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = base.oid),
      'attributes', (SELECT jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = base.typrelid AND attnum > 0 AND NOT attisdropped)
    ) ORDER BY number)
  FROM pg_proc, unnest(coalesce(proallargtypes, proargtypes::oid[])) WITH ORDINALITY AS declared (argument, number)
    CROSS JOIN LATERAL (
      WITH RECURSIVE chain (oid, below, required) AS (
        SELECT oid, typbasetype, typnotnull FROM pg_type WHERE oid = argument
        UNION ALL SELECT type.oid, typbasetype, typnotnull FROM chain JOIN pg_type AS type ON type.oid = below)
      SELECT max(oid) FILTER (WHERE below = 0) AS type, NOT bool_or(required) AS is_nullable FROM chain) AS resolved
    JOIN pg_type AS base ON base.oid = resolved.type
  WHERE pg_proc.oid = routine AND coalesce(proargmodes[number] IN ('i', 'b', 'v'), true)`;

/** The views of a database on the page, by section: one statement each, whose rows are sent unchanged. */
const sections = {
  realms: 'SELECT * FROM crossbar.realms ORDER BY realm',
  slots: `SELECT slot_name, plugin, database AS database_name, active, active_pid, nullif(application_name, '') AS reader, wal_status,
      pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn) AS retained_bytes
    FROM pg_replication_slots LEFT JOIN pg_stat_activity ON pid = active_pid
    ORDER BY retained_bytes DESC NULLS LAST, slot_name LIMIT ${rows}`,
  refused: `SELECT realm, id::text AS id, topic, ${cut('args')}, ${cut('kwargs')}, error, ${cut('error_args')}, refused_at
    FROM crossbar.refused_publication ORDER BY refused_at DESC LIMIT ${rows}`,
  registrations: `SELECT registrations.*, pg_get_function_arguments(routine) AS arguments, pg_get_function_result(routine) AS result,
      obj_description(routine, 'pg_proc') AS comment, (${parameters}) AS parameters
    FROM (${functionsOf('crossbar.registrations')}) AS registrations,
      LATERAL (SELECT to_regprocedure(function)::oid AS routine) AS found ORDER BY uri`,
  subscriptions: `SELECT subscriptions.*, obj_description(to_regprocedure(handler)::oid, 'pg_proc') AS comment
    FROM (${functionsOf('crossbar.subscriptions')}) AS subscriptions ORDER BY uri`,
  failed: `SELECT id::text AS id, publication::text AS publication, topic, (SELECT handler FROM crossbar.subscriptions AS of_it WHERE of_it.id = subscription) AS handler, ${cut('args')}, ${cut('kwargs')}, error, ${cut('error_args')}, failed_at
    FROM crossbar.failed_event ORDER BY failed_at DESC LIMIT ${rows}`,
  calls: `SELECT id::text AS id, procedure, state, tries, error, ${cut('error_args')}, handler_error, called_at, settled_at
    FROM crossbar.async_call ORDER BY called_at DESC LIMIT ${rows}`,
  proxies: 'SELECT * FROM crossbar.proxies ORDER BY proxy, sink',
  parked: `SELECT id::text AS id, proxy, sink, source, message_id, destination, key, error, state, tries, parked_at,
      left(encode(payload, 'escape'), ${characters}) AS payload
    FROM crossbar.parked_message ORDER BY id DESC LIMIT ${rows}`,
  // The names in function bodies, since PostgreSQL has no list of channels.
  channels: `SELECT DISTINCT replace(coalesce(found[1], found[2]), '''''', '''') AS name
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace,
      regexp_matches(prosrc, $pattern$pg_notify\\s*\\(\\s*'((?:[^']|'')+)'|\\mnotify\\s+([a-z_][a-z0-9_]*)$pattern$, 'gi') AS found
    WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'crossbar') AND nspname !~ '^pg_' ORDER BY name LIMIT ${rows}`,
  tables: `SELECT DISTINCT schemaname || '.' || tablename AS name
    FROM pg_publication_tables JOIN pg_namespace AS schema ON nspname = schemaname
      JOIN pg_class AS class ON relnamespace = schema.oid AND relname = tablename
    WHERE has_table_privilege(class.oid, 'SELECT') AND NOT row_security_active(class.oid) ORDER BY name LIMIT ${rows}`,
} as const;

/** The actions on a row of a section; the parameters are the key columns. */
const actions: Readonly<Record<string, Action>> = {
  'refused/publish': {
    statement: `WITH refused AS (DELETE FROM crossbar.refused_publication WHERE realm = $1 AND id = $2 AND topic IS NOT NULL RETURNING *)
      SELECT crossbar.publish(topic, args, kwargs, options) FROM refused`,
    key: ['realm', 'id'],
  },
  'refused/discard': {
    statement: 'DELETE FROM crossbar.refused_publication WHERE realm = $1 AND id = $2 RETURNING id',
    key: ['realm', 'id'],
  },
  'failed/publish': {
    statement: `WITH failed AS (DELETE FROM crossbar.failed_event WHERE id = $1 RETURNING *)
      SELECT crossbar.publish(topic, args, kwargs) FROM failed`,
    key: ['id'],
  },
  'failed/discard': { statement: 'DELETE FROM crossbar.failed_event WHERE id = $1 RETURNING id', key: ['id'] },
  'calls/retry': {
    statement: `UPDATE crossbar.async_call SET state = 'waiting', due_at = clock_timestamp(), settled_at = NULL
      WHERE id = $1 AND state = 'failed' RETURNING id`,
    key: ['id'],
  },
  'parked/retry': {
    statement: 'SELECT FROM crossbar.retry_parked($1::bigint) AS count WHERE count > 0',
    key: ['id'],
  },
  'parked/discard': {
    statement: 'SELECT FROM crossbar.discard_parked($1::bigint) AS count WHERE count > 0',
    key: ['id'],
  },
  'calls/discard': {
    statement: `DELETE FROM crossbar.async_call WHERE id = $1 AND state IN ('succeeded', 'failed') RETURNING id`,
    key: ['id'],
  },
};

/** A section of the page that shows a database. */
export type Section = keyof typeof sections;

/** Whether a section with this name exists. */
export function isSection(name: string): name is Section {
  return Object.hasOwn(sections, name);
}

/** Whether an action with this name exists, such as `refused/discard`. */
export function isAction(name: string): boolean {
  return Object.hasOwn(actions, name);
}

/** The key columns of a row for an action. */
export function keyOf(action: string, row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries((actions[action]?.key ?? []).map((column) => [column, row[column]]));
}

interface Action {
  readonly statement: string;
  /** The key columns of the row. */
  readonly key: readonly string[];
}

interface Open {
  readonly connection: Promise<Connection>;
  readonly timer: NodeJS.Timeout;
}

/** Reads the databases of a node's components for the page, and performs its actions. */
export class DatabaseViews implements AsyncDisposable {
  readonly #databases: () => ReadonlyMap<string, DatabaseConfiguration>;
  readonly #open = new Map<string, Open>();

  /** @param databases the databases, by their names on the page. */
  constructor(databases: () => ReadonlyMap<string, DatabaseConfiguration>) {
    this.#databases = databases;
  }

  /** The names of the databases, such as `127.0.0.1:5432/shop`. */
  get names(): readonly string[] {
    return [...this.#databases().keys()];
  }

  /**
   * The rows of a section.
   *
   * @throws `RangeError` for an unknown database; errors of PostgreSQL or of the connection.
   */
  async rows(database: string, section: Section): Promise<readonly object[]> {
    return (await this.#connection(database)).query(sections[section]);
  }

  /**
   * Performs an action on a row.
   *
   * @returns whether the row still existed.
   */
  async act(database: string, action: string, row: Readonly<Record<string, unknown>>): Promise<boolean> {
    const { statement, key } = actions[action] ?? { statement: '', key: [] };
    const found = await (await this.#connection(database)).query(
      statement,
      key.map((column) => row[column]),
    );
    return found.length > 0;
  }

  /**
   * Traces a message.
   *
   * @throws `RangeError` for an invalid message or an unknown database; errors of PostgreSQL or of the connection.
   */
  async trace(database: string, message: string, find: FindPublication): Promise<Trace> {
    return traceMessage(await this.#connection(database), message, find);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open.keys()].map((database) => this.#close(database)));
  }

  async #connection(database: string): Promise<Connection> {
    const known = this.#open.get(database) ?? this.#openOne(database);
    const connection = await known.connection;
    if (!connection.lost.aborted) {
      known.timer.refresh();
      return connection;
    }
    // The sections of a view send concurrent requests: the first one that notices the loss opens the next connection
    // for all.
    if (this.#open.get(database) === known) this.#forget(database);
    return this.#connection(database);
  }

  /** One connection, for any number of concurrent requests. */
  #openOne(database: string): Open {
    const configuration = this.#databases().get(database);
    if (!configuration) throw new RangeError(`unknown database ${database}`);
    const connection = loadConnection().then(({ Connection }) => Connection.open(configuration, 'pgwamp console'));
    const open = { connection, timer: setTimeout(() => void this.#close(database), idle).unref() };
    this.#open.set(database, open);
    connection.catch(() => this.#forget(database));
    return open;
  }

  #forget(database: string): Open | undefined {
    const open = this.#open.get(database);
    this.#open.delete(database);
    clearTimeout(open?.timer);
    return open;
  }

  async #close(database: string): Promise<void> {
    await this.#forget(database)?.connection.then(
      (connection) => connection.close(),
      // The callers of the connection receive the error.
      () => undefined,
    );
  }
}
