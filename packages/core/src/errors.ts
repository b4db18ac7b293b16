/**
 * The errors of `@pgwamp/core`. Every error that a component throws, logs or reports in its status is one of these, or
 * comes unchanged from PostgreSQL or the operating system.
 *
 * @module
 */
import { inspect } from 'node:util';
import { type DatabaseTarget, hostAndPort, PgwampError } from '@pgwamp/config';

export { ConfigurationError, type ConfigurationIssue, PgwampError, type PgwampErrorOptions } from '@pgwamp/config';

/**
 * PostgreSQL cannot be reached, or a connection to it was closed or no longer responds.
 *
 * @remarks If it persists, fix the cause that the message names.
 */
export class DatabaseLostError extends PgwampError {
  readonly code = 'PGWAMP_DATABASE_LOST';

  /** @param target address of PostgreSQL, if the connection could not be opened. */
  constructor(reason: string, options?: ErrorOptions, target?: DatabaseTarget) {
    const what = target
      ? `cannot connect to PostgreSQL at ${target.host}:${target.port} (database ${target.database})`
      : 'connection to PostgreSQL lost';
    super(`${what}: ${reason}`, options);
  }
}

/** The error that PostgreSQL reported when it refused something. */
interface Refusal {
  readonly message: string;
  readonly sqlstate: string;
  /** PostgreSQL's hint. */
  readonly hint: string | undefined;
}

/**
 * PostgreSQL refused the connection, or a statement that a component needs.
 *
 * @remarks Do what the message says. A wrong password, an unknown user or database, a missing privilege, and a server
 *   without TLS or with an untrusted certificate reject the first `start()`.
 */
export class DatabaseRefusedError extends PgwampError {
  readonly code = 'PGWAMP_DATABASE_REFUSED';
  override readonly permanent: boolean;
  /** The SQLSTATE. */
  readonly sqlstate: string;

  constructor({ host, port, database, user }: DatabaseTarget, refusal: Refusal, options?: ErrorOptions) {
    const hint = refusal.hint ?? refusalHints[refusal.sqlstate];
    const where = `PostgreSQL at ${hostAndPort(host, port)}, database ${database}, user ${user}`;
    super(`${where}: ${refusal.message}`, { ...options, hint });
    this.sqlstate = refusal.sqlstate;
    this.permanent = refusal.sqlstate in refusalHints;
  }
}

/** Hints for errors that waiting cannot fix, by SQLSTATE. */
const refusalHints: Readonly<Record<string, string>> = {
  '08001': 'Check the TLS options (extra.database.ssl), and the certificate of the server.',
  '28000': 'Check the user (extra.database.user), and pg_hba.conf of the server. sql/setup.sql creates role crossbar.',
  '28P01':
    'Check the password (extra.database.password). PostgreSQL says the same if the role does not exist: sql/setup.sql creates role crossbar.',
  '3D000': 'Check the name (extra.database.database), or create the database.',
  '42501': 'Grant the missing right to the user, or connect as the role that owns the schema crossbar.',
};

/**
 * PostgreSQL is older than version 14.
 *
 * @remarks Upgrade PostgreSQL to version 14 or newer.
 */
export class PostgresTooOldError extends PgwampError {
  readonly code = 'PGWAMP_POSTGRES_TOO_OLD';
  override readonly fatal = true;

  constructor(version: string) {
    super(`PostgreSQL ${version} is too old`, { hint: 'pgwamp needs version 14 or newer' });
  }
}

/**
 * All connections to PostgreSQL are busy, and the queue is full.
 *
 * @remarks Reduce the concurrency, or raise `extra.pool.size` or `extra.pool.queue`.
 */
export class QueueFullError extends PgwampError {
  readonly code = 'PGWAMP_QUEUE_FULL';

  constructor(limit: number) {
    super(`all connections to PostgreSQL are busy, and the queue is full (${limit} waiting)`);
  }
}

/**
 * The connection goes through a proxy that pools transactions or statements.
 *
 * @remarks Connect to PostgreSQL directly, or set the proxy to session pooling.
 */
export class PoolerError extends PgwampError {
  readonly code = 'PGWAMP_POOLER';
  override readonly fatal = true;

  constructor() {
    super(
      'a proxy between pgwamp and PostgreSQL shares one session among clients (transaction or statement pooling), ' +
        'which breaks LISTEN, advisory locks and replication',
      { hint: 'connect to PostgreSQL itself, or pool by session' },
    );
  }
}

/**
 * The schema `crossbar` is missing, or another role owns it.
 *
 * @remarks Run `sql/setup.sql` in this database as superuser.
 */
export class SchemaMissingError extends PgwampError {
  readonly code = 'PGWAMP_SCHEMA_MISSING';
  override readonly fatal = true;

  /** @param owner the role that owns the schema; undefined if there is no schema. */
  constructor(database: string, user: string, owner?: string, schema = 'crossbar') {
    if (owner === undefined) {
      super(`database ${database} has no schema "${schema}"`, {
        hint: 'run sql/setup.sql in it as superuser; "pgwamp init" writes that file',
      });
    } else {
      super(
        `the schema "${schema}" of database ${database} belongs to role ${owner}, and the component connects as ${user}`,
        { hint: `connect as ${owner}, or run ALTER SCHEMA ${schema} OWNER TO ${user}` },
      );
    }
  }
}

/**
 * The schema `crossbar` holds objects of other owners.
 *
 * @remarks Move or drop the objects that the message names.
 */
export class ForeignObjectsError extends PgwampError {
  readonly code = 'PGWAMP_FOREIGN_OBJECTS';
  override readonly fatal = true;

  constructor(objects: readonly string[], schema = 'crossbar') {
    super(`the schema "${schema}" holds objects of other owners: ${objects.join(', ')}; move or drop them`);
  }
}

/**
 * A newer version of pgwamp has installed its schema into this database.
 *
 * @remarks Upgrade pgwamp.
 */
export class DatabaseNewerError extends PgwampError {
  readonly code = 'PGWAMP_DATABASE_NEWER';
  override readonly fatal = true;

  constructor(found: number, known: number) {
    super(`the database has migration ${found}, this pgwamp knows migrations up to ${known}`, {
      hint: 'upgrade pgwamp',
    });
  }
}

/**
 * A migration that was applied before has different content now.
 *
 * @remarks Use the release of pgwamp that installed the schema, or remove and install it again, without its data.
 */
export class MigrationChangedError extends PgwampError {
  readonly code = 'PGWAMP_MIGRATION_CHANGED';
  override readonly fatal = true;

  constructor(name: string) {
    super(`migration ${name} was applied with another content than it has now`, {
      hint:
        'start the version of pgwamp that installed the schema; or delete it with all registrations, subscriptions and stored ' +
        'events by "pgwamp uninstall", and run setup.sql and "pgwamp install"',
    });
  }
}

/**
 * The SQL files that the installer applies contradict each other.
 *
 * @remarks Use an unchanged release of pgwamp, or correct the file that the message names.
 */
export class SqlFilesError extends PgwampError {
  readonly code = 'PGWAMP_SQL_FILES';
  override readonly fatal = true;

  constructor(problem: string) {
    super(`the SQL files cannot be installed: ${problem}`);
  }
}

/**
 * The configured delivery cannot work in this database.
 *
 * @remarks Provide what the message names, or set `delivery` to `auto`.
 */
export class DeliveryUnavailableError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_UNAVAILABLE';
  override readonly permanent = true;

  constructor(mode: string, missing: readonly string[]) {
    super(`delivery "${mode}" cannot work here: ${missing.join('; ')}`);
  }
}

/**
 * Another realm of the same database uses another delivery, or still holds publications of the one before.
 *
 * @remarks Give all Publishers of the database the same delivery, or `auto`. Start the Publisher of the realm that the
 *   message names, or delete the row of the realm from `crossbar.realm`.
 */
export class DeliveryConflictError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_CONFLICT';

  /**
   * @param isServed whether a Publisher of the other realm is running. If not, the backlog of that realm prevents the
   * change.
   */
  constructor(wanted: string, inForce: string, realm: string, isServed: boolean) {
    const why = isServed
      ? 'is being served by it: give all Publishers of this database the same delivery, or "auto"'
      : 'still holds publications of the delivery before that: start its Publisher until it has delivered them, or delete the row of the realm from crossbar.realm';
    super(`delivery "${wanted}" is wanted, but "${inForce}" is in force and realm ${JSON.stringify(realm)} ${why}`);
  }
}

/**
 * The delivery of the database was changed while a Publisher was running.
 *
 * @remarks Do nothing: the Publisher restarts with its own delivery.
 */
export class DeliveryChangedError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_CHANGED';

  constructor(from: string, to: string) {
    super(`the delivery of this database changed from "${from}" to "${to}"`);
  }
}

/**
 * The router cannot be reached, or does not respond in time.
 *
 * @remarks Check the router, the network and the certificates.
 */
export class RouterUnreachableError extends PgwampError {
  readonly code = 'PGWAMP_ROUTER_UNREACHABLE';

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`the router at ${url} cannot be reached: ${reason}`, options);
  }
}

/** A failed attempt to join a realm. */
interface JoinAttempt {
  readonly url: string;
  readonly realm: string;
  /** Undefined for anonymous sessions. */
  readonly authid: string | undefined;
}

/**
 * The router refused the session; `reason` is its WAMP URI.
 *
 * @remarks Do what the message says. An unknown realm and wrong credentials reject the first `start()`.
 */
export class JoinRefusedError extends PgwampError {
  readonly code = 'PGWAMP_JOIN_REFUSED';
  override readonly permanent: boolean;
  /** The WAMP URI of the reason. */
  readonly reason: string;

  constructor({ url, realm, authid }: JoinAttempt, reason: string, message: string) {
    const who = authid === undefined ? 'an anonymous session' : `authid ${JSON.stringify(authid)}`;
    const hint = joinHints[reason];
    super(
      `the router at ${url} refused ${who} in realm ${JSON.stringify(realm)}: ${reason}${message && `: ${message}`}`,
      { hint },
    );
    this.reason = reason;
    this.permanent = hint !== undefined;
  }
}

/** Hints for errors that waiting cannot fix, by WAMP URI. These are the URIs of our router and of Crossbar.io. */
const joinHints: Readonly<Record<string, string>> = {
  'wamp.error.no_such_realm': 'Check realm, or add the realm to the configuration of the router.',
  'wamp.error.no_such_role': 'Add the role to the realm in the configuration of the router.',
  'wamp.error.no_such_principal': 'Check authentication: the router does not know the authid.',
  'wamp.error.authentication_denied': 'Check authentication: the credentials are wrong.',
  'wamp.error.no_matching_auth_method':
    'Check authentication: the router accepts none of the methods that are configured.',
  'wamp.error.no_auth_method': 'Check authentication: the router accepts none of the methods that are configured.',
  'wamp.error.not_authorized': 'Check authentication, and the permissions of the role.',
};

/**
 * The WAMP session ended unexpectedly.
 *
 * @remarks Do nothing; if it persists, fix the cause that the message names.
 */
export class SessionLostError extends PgwampError {
  readonly code = 'PGWAMP_SESSION_LOST';
  /** Whether the router ended the session because of a message that it could not accept: too large, or not WAMP. */
  readonly blamesMessage: boolean;
  /**
   * Number of publications and calls without an answer. If it is 1 and the router blames a message, that message caused
   * the loss.
   */
  readonly requests: number;

  constructor(
    reason: string,
    { blamesMessage = false, requests = 0 }: { readonly blamesMessage?: boolean; readonly requests?: number } = {},
  ) {
    super(`WAMP session lost: ${reason}`);
    this.blamesMessage = blamesMessage;
    this.requests = requests;
  }
}

/**
 * A WAMP error; `error`, `args` and `kwargs` are those of the ERROR message.
 *
 * @remarks The URI in `error` says what to do.
 */
export class WampError extends PgwampError {
  readonly code = 'PGWAMP_WAMP_ERROR';
  /** The WAMP URI of the error. */
  readonly error: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(error: string, args: readonly unknown[] = [], kwargs: Readonly<Record<string, unknown>> = {}) {
    super(args.length > 0 ? `${error}: ${toText(args[0])}` : error);
    this.error = error;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** A number retained as text is an object that cannot be converted to a string. */
function toText(value: unknown): string {
  return typeof value === 'object' ? inspect(value) : String(value);
}

/**
 * A name cannot be a channel of NOTIFY: PostgreSQL allows 1 to 63 bytes, without the character U+0000.
 *
 * @remarks Use a shorter name. PostgreSQL would truncate it silently.
 */
export class ChannelNameError extends PgwampError {
  readonly code = 'PGWAMP_CHANNEL_NAME';

  constructor(name: string, problem: string) {
    super(`${JSON.stringify(name)} cannot be a channel of NOTIFY: ${problem}`);
  }
}

/**
 * Why a message was refused: the receiver refused it, it was malformed or too large before sending, or it makes the
 * receiver end the connection.
 */
export type RefusalKind = 'refused' | 'malformed' | 'too_large' | 'poison';

/**
 * A receiver will never accept a message. It refused the message, or the message is malformed, too large, or ends every
 * connection on which it is sent.
 *
 * @remarks Fix the code that publishes such messages. The message of this error contains the reason, and `cause` is the
 *   receiver's own error.
 */
export class Refused extends PgwampError {
  readonly code = 'PGWAMP_REFUSED';
  readonly kind: RefusalKind;

  constructor(kind: RefusalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * The connection to a receiver of messages was lost. `cause` is the reason of the loss.
 *
 * @remarks If it persists, fix the cause in the message.
 */
export class Lost extends PgwampError {
  readonly code = 'PGWAMP_RECEIVER_LOST';
  /** Whether the receiver ended the connection because of the message that was being sent. */
  readonly blamesMessage: boolean;

  constructor(message: string, blamesMessage: boolean, options?: ErrorOptions) {
    super(message, options);
    this.blamesMessage = blamesMessage;
  }
}

/**
 * A value cannot be written as JSON, for example because it contains a cycle.
 *
 * @remarks Pass values that JSON can express, `bigint` or `Uint8Array`.
 */
export class UnserializableError extends PgwampError {
  readonly code = 'PGWAMP_UNSERIALIZABLE';

  constructor(options?: ErrorOptions) {
    super('a WAMP message cannot be serialised as JSON', options);
  }
}

/**
 * The component was stopped before the operation finished.
 *
 * @remarks Do nothing.
 */
export class StoppedError extends PgwampError {
  readonly code = 'PGWAMP_STOPPED';
  override readonly fatal = true;

  constructor() {
    super('the component was stopped');
  }
}
