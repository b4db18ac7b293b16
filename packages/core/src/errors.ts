/**
 * The catalogue of the errors of `@pgwamp/core`. Every error that a component throws, logs or reports in its status is one
 * of these, or comes unchanged from PostgreSQL or the operating system.
 *
 * @module
 */
import { inspect } from 'node:util';
import { PgwampError } from '@pgwamp/config';

export { ConfigurationError, type ConfigurationIssue, PgwampError } from '@pgwamp/config';

/**
 * PostgreSQL cannot be reached, or a connection to it was closed or no longer responds.
 *
 * @remarks If it persists, fix the cause that the message names.
 */
export class DatabaseLostError extends PgwampError {
  readonly code = 'PGWAMP_DATABASE_LOST';

  constructor(reason: string, options?: ErrorOptions) {
    super(`connection to PostgreSQL lost: ${reason}`, options);
  }
}

/**
 * All connections to PostgreSQL are busy, and the queue is full.
 *
 * @remarks Reduce the concurrency, or raise `extra.pool.size` or `extra.pool.queue`.
 */
export class QueueFullError extends PgwampError {
  readonly code = 'PGWAMP_QUEUE_FULL';

  constructor(most: number) {
    super(`all connections to PostgreSQL are busy, and the queue is full (${most} waiting)`);
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
        'which breaks LISTEN, advisory locks and replication: connect to PostgreSQL itself, or pool by session',
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

  constructor(database: string, user: string, schema = 'crossbar') {
    super(
      `database ${database} has no schema "${schema}" that role ${user} owns: run sql/setup.sql as superuser first`,
    );
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
    super(`the database has migration ${found}, this pgwamp knows migrations up to ${known}: upgrade pgwamp`);
  }
}

/**
 * A migration that was applied before has different content now.
 *
 * @remarks Use an unchanged release of pgwamp.
 */
export class MigrationChangedError extends PgwampError {
  readonly code = 'PGWAMP_MIGRATION_CHANGED';
  override readonly fatal = true;

  constructor(name: string) {
    super(`migration ${name} was applied with another content than it has now; a released migration never changes`);
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
  override readonly fatal = true;

  constructor(mode: string, missing: readonly string[]) {
    super(`delivery "${mode}" cannot work here: ${missing.join('; ')}`);
  }
}

/**
 * Another realm of the same database uses another delivery.
 *
 * @remarks Give all Publishers of the database the same delivery, or `auto`.
 */
export class DeliveryConflictError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_CONFLICT';

  constructor(wanted: string, inForce: string, realm: string) {
    super(
      `delivery "${wanted}" is wanted, but "${inForce}" is in force and realm ${JSON.stringify(realm)} is being served by it: ` +
        'give all Publishers of this database the same delivery, or "auto"',
    );
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

/**
 * The router refused the session; `reason` is its WAMP URI.
 *
 * @remarks Check realm, role and authentication in the configuration of the component and of the router.
 */
export class JoinRefusedError extends PgwampError {
  readonly code = 'PGWAMP_JOIN_REFUSED';
  /** The WAMP URI of the reason. */
  readonly reason: string;

  constructor(realm: string, reason: string, message: string) {
    super(`the router refused the session in realm ${JSON.stringify(realm)}: ${reason}${message && `: ${message}`}`);
    this.reason = reason;
  }
}

/**
 * The WAMP session ended unexpectedly.
 *
 * @remarks Do nothing; if it persists, fix the cause that the message names.
 */
export class SessionLostError extends PgwampError {
  readonly code = 'PGWAMP_SESSION_LOST';
  /** Whether the router ended the session over a message that it could not take: too large, or not WAMP. */
  readonly blamesMessage: boolean;
  /** How many publications and calls waited for an answer. If it was one, that one is to blame for a loss that blames a message. */
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
    super(args.length > 0 ? `${error}: ${shown(args[0])}` : error);
    this.error = error;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** Numbers that are kept as text are objects, and have no way to become a string. */
function shown(value: unknown): string {
  return typeof value === 'object' ? inspect(value) : String(value);
}

/**
 * A name cannot be a channel of NOTIFY: PostgreSQL takes 1 to 63 bytes, and any character but U+0000.
 *
 * @remarks Use a shorter name; PostgreSQL would cut it in silence.
 */
export class ChannelNameError extends PgwampError {
  readonly code = 'PGWAMP_CHANNEL_NAME';

  constructor(name: string, problem: string) {
    super(`${JSON.stringify(name)} cannot be a channel of NOTIFY: ${problem}`);
  }
}

/** What is wrong with a message that was refused: the receiver says so, or it was found before it was sent, or it ends connections. */
export type RefusalKind = 'refused' | 'malformed' | 'too_large' | 'poison';

/**
 * A receiver will never take a message: it refused it, or the message is malformed, too large, or ends every connection that it is sent over.
 *
 * @remarks Fix what publishes such messages: the message of the error says what is wrong, `cause` is the receiver's own error.
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
 * The connection to a receiver of messages was lost; `cause` is what happened to it.
 *
 * @remarks If it persists, the message contains the cause.
 */
export class Lost extends PgwampError {
  readonly code = 'PGWAMP_RECEIVER_LOST';
  /** Whether the receiver ended the connection over the message that was on its way. */
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
