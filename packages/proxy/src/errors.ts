/**
 * The errors of the Proxy, besides those of `@pgwamp/core`.
 *
 * @module
 */
import { PgwampError } from '@pgwamp/config';

/**
 * The replication slot of a Proxy is gone or was invalidated: changes between its last position and now are lost.
 *
 * @remarks Find out what your consumers have missed. Then accept the gap with the statement that the message names, and start again.
 */
export class SlotLostError extends PgwampError {
  readonly code = 'PGWAMP_SLOT_LOST';
  override readonly fatal = true;

  constructor(slot: string, proxy: string, why: string) {
    super(
      `replication slot ${slot} of proxy ${JSON.stringify(proxy)} ${why}: changes since its last position are lost. ` +
        `To go on from now: SELECT crossbar.accept_gap('${proxy.replaceAll("'", "''")}'), then start the Proxy again`,
    );
  }
}

/**
 * A publication of PostgreSQL is missing, without which no changes can be read.
 *
 * @remarks Create the publication as the owner of the tables, with the statement that the message names.
 */
export class ProxyPublicationError extends PgwampError {
  readonly code = 'PGWAMP_PROXY_PUBLICATION';
  override readonly permanent = true;

  constructor(database: string, name: string) {
    super(
      `database ${database} has no publication ${JSON.stringify(name)}, which says whose changes are read: ` +
        `CREATE PUBLICATION "${name.replaceAll('"', '""')}" FOR TABLE …, or FOR ALL TABLES as superuser`,
    );
  }
}

/**
 * The write-ahead log cannot be read by a Proxy.
 *
 * @remarks Change the setting or grant the right that the message names.
 */
export class LogUnreadableError extends PgwampError {
  readonly code = 'PGWAMP_LOG_UNREADABLE';
  override readonly permanent = true;

  constructor(missing: readonly string[]) {
    super(`row changes cannot be read from the write-ahead log: ${missing.join('; ')}`);
  }
}

/**
 * A broker refuses a message, and the sink is configured to hold it.
 *
 * @remarks Fix what the message of the broker names; or set `on_refused` of the sink to `park`.
 */
export class MessageHeldError extends PgwampError {
  readonly code = 'PGWAMP_MESSAGE_HELD';

  constructor(sink: string, id: string, why: string, options?: ErrorOptions) {
    super(`sink ${sink} refuses message ${id}, which holds all that come after it: ${why}`, options);
  }
}

/**
 * A sink needs a library that is not installed.
 *
 * @remarks Install the package that the message names, beside `pgwamp`.
 */
export class PackageMissingError extends PgwampError {
  readonly code = 'PGWAMP_PACKAGE_MISSING';
  override readonly fatal = true;

  /** @param packages what to install. */
  constructor(sink: string, packages: readonly string[], options?: ErrorOptions) {
    const names = packages.join(' ');
    super(`sink ${sink} needs a package that is not installed: run npm install ${names}`, options);
  }
}

/**
 * A broker cannot be reached, or does not respond in time.
 *
 * @remarks Check the broker, the network and the certificates.
 */
export class BrokerUnreachableError extends PgwampError {
  readonly code = 'PGWAMP_BROKER_UNREACHABLE';

  constructor(sink: string, broker: string, reason: string, options?: ErrorOptions) {
    super(`sink ${sink} cannot reach ${broker}: ${reason}`, options);
  }
}

/**
 * A broker refused the connection of a sink.
 *
 * @remarks Check the credentials of the sink, and what they permit. It rejects the first `start()`.
 */
export class BrokerRefusedError extends PgwampError {
  readonly code = 'PGWAMP_BROKER_REFUSED';
  override readonly permanent = true;

  constructor(sink: string, broker: string, reason: string, options?: ErrorOptions) {
    super(`${broker} refused the connection of sink ${sink}: ${reason}. Hint: Check the credentials.`, options);
  }
}

/**
 * Routes name functions or columns that the database does not have.
 *
 * @remarks Create what the message names, or correct the routes.
 */
export class RoutesUnusableError extends PgwampError {
  readonly code = 'PGWAMP_ROUTES_UNUSABLE';
  override readonly permanent = true;

  constructor(problems: readonly string[]) {
    super(`routes cannot be used: ${problems.join('; ')}`);
  }
}
