/**
 * The catalogue of the errors of `@pgwamp/core`. Every error that a component throws, logs or reports in its status is one
 * of these, or comes unchanged from PostgreSQL or the operating system.
 *
 * @module
 */
import { inspect } from 'node:util';

/** What all errors of pgwamp have. */
export abstract class PgwampError extends Error {
  /** Names the error for programs; see docs/errors.md. */
  abstract readonly code: string;

  /** Whether trying again cannot help: a component stops instead of reconnecting. */
  readonly fatal: boolean = false;

  override get name(): string {
    return this.constructor.name;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigurationIssue {
  /** Where, such as `extra.database.port`. */
  readonly path: string;
  /** What stands there, as JSON; secrets are masked. */
  readonly found: string;
  /** What may stand there. */
  readonly expected: string;
}

/** The configuration of a component is wrong. */
export class ConfigurationError extends PgwampError {
  readonly code = 'PGWAMP_CONFIGURATION';
  override readonly fatal = true;
  readonly issues: readonly ConfigurationIssue[];

  constructor(issues: readonly ConfigurationIssue[]) {
    const lines = issues.map(({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`);
    super(`wrong configuration: ${lines.join('; ')}`);
    this.issues = issues;
  }
}

/** A connection to PostgreSQL was lost, or answered no more. */
export class DatabaseLostError extends PgwampError {
  readonly code = 'PGWAMP_DATABASE_LOST';

  constructor(reason: string, options?: ErrorOptions) {
    super(`the connection to PostgreSQL was lost: ${reason}`, options);
  }
}

/** Too many wait for a connection to PostgreSQL already. */
export class QueueFullError extends PgwampError {
  readonly code = 'PGWAMP_QUEUE_FULL';

  constructor(most: number) {
    super(`all connections to PostgreSQL are busy, and ${most} wait for one already`);
  }
}

/** A proxy that pools transactions stands where pgwamp needs a session of its own. */
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

/** The schema `crossbar` is missing, or is not owned by the role that connects. */
export class SchemaMissingError extends PgwampError {
  readonly code = 'PGWAMP_SCHEMA_MISSING';
  override readonly fatal = true;

  constructor(database: string, user: string) {
    super(`database ${database} has no schema "crossbar" that role ${user} owns: run sql/setup.sql as superuser first`);
  }
}

/** The schema `crossbar` holds objects that pgwamp did not make. */
export class ForeignObjectsError extends PgwampError {
  readonly code = 'PGWAMP_FOREIGN_OBJECTS';
  override readonly fatal = true;

  constructor(objects: readonly string[]) {
    super(`the schema "crossbar" holds objects of other owners: ${objects.join(', ')}; move or drop them`);
  }
}

/** The database was installed by a newer pgwamp. */
export class DatabaseNewerError extends PgwampError {
  readonly code = 'PGWAMP_DATABASE_NEWER';
  override readonly fatal = true;

  constructor(found: number, known: number) {
    super(`the database has migration ${found}, this pgwamp knows migrations up to ${known}: upgrade pgwamp`);
  }
}

/** A migration that was applied differs from the one that this pgwamp has. */
export class MigrationChangedError extends PgwampError {
  readonly code = 'PGWAMP_MIGRATION_CHANGED';
  override readonly fatal = true;

  constructor(name: string) {
    super(`migration ${name} was applied with another content than it has now; a released migration never changes`);
  }
}

/** The delivery that was asked for cannot work in this database. */
export class DeliveryUnavailableError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_UNAVAILABLE';
  override readonly fatal = true;

  constructor(mode: string, missing: readonly string[]) {
    super(`delivery "${mode}" cannot work here: ${missing.join('; ')}`);
  }
}

/** Another realm of the same database is being served with another delivery, and a database has but one. */
export class DeliveryConflictError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_CONFLICT';

  constructor(wanted: string, inForce: string, realm: string) {
    super(
      `delivery "${wanted}" is wanted, but "${inForce}" is in force and realm ${JSON.stringify(realm)} is being served by it: ` +
        'give all Publishers of this database the same delivery, or "auto"',
    );
  }
}

/** The delivery in force was changed while a Publisher used another. */
export class DeliveryChangedError extends PgwampError {
  readonly code = 'PGWAMP_DELIVERY_CHANGED';

  constructor(from: string, to: string) {
    super(`the delivery of this database changed from "${from}" to "${to}"`);
  }
}

/** The router could not be reached, or the transport to it failed. */
export class RouterUnreachableError extends PgwampError {
  readonly code = 'PGWAMP_ROUTER_UNREACHABLE';

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`the router at ${url} cannot be reached: ${reason}`, options);
  }
}

/** The router refused the session, by ABORT. */
export class JoinRefusedError extends PgwampError {
  readonly code = 'PGWAMP_JOIN_REFUSED';
  /** The WAMP URI of the reason. */
  readonly reason: string;

  constructor(realm: string, reason: string, message: string) {
    super(`the router refused the session in realm ${JSON.stringify(realm)}: ${reason}${message && `: ${message}`}`);
    this.reason = reason;
  }
}

/** The WAMP session ended: everything that waited for an answer ends with this error. */
export class SessionLostError extends PgwampError {
  readonly code = 'PGWAMP_SESSION_LOST';
  /** Whether the router ended the session over a message that it could not take: too large, or not WAMP. */
  readonly blamesMessage: boolean;

  constructor(reason: string, blamesMessage = false) {
    super(`the WAMP session was lost: ${reason}`);
    this.blamesMessage = blamesMessage;
  }
}

/** A WAMP error: an ERROR message, or its like found before anything was sent. */
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

/** A message cannot be serialised, such as one with a cycle. */
export class UnserializableError extends PgwampError {
  readonly code = 'PGWAMP_UNSERIALIZABLE';

  constructor(options?: ErrorOptions) {
    super('a WAMP message cannot be serialised as JSON', options);
  }
}

/** The component was stopped, or was told to stop, before it could do what was asked. */
export class StoppedError extends PgwampError {
  readonly code = 'PGWAMP_STOPPED';
  override readonly fatal = true;

  constructor() {
    super('the component was stopped');
  }
}
