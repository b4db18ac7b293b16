/**
 * The errors of the Proxy, besides those of `@pgwamp/core`.
 *
 * @module
 */
import { PgwampError } from '@pgwamp/config';

/**
 * The replication slot of a Proxy was dropped or invalidated: changes between its last position and now are lost.
 *
 * @remarks Find out which changes your consumers have missed. Then accept the gap with the statement in the message,
 *   and restart.
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
 * A publication of PostgreSQL that the Proxy needs to read changes is missing.
 *
 * @remarks Create the publication as the owner of the tables, with the statement in the message.
 */
export class ProxyPublicationError extends PgwampError {
  readonly code = 'PGWAMP_PROXY_PUBLICATION';
  override readonly permanent = true;

  constructor(database: string, name: string) {
    super(
      `database ${database} has no publication ${JSON.stringify(name)}, which selects the tables; run: ` +
        `CREATE PUBLICATION "${name.replaceAll('"', '""')}" FOR TABLE …, or FOR ALL TABLES as superuser`,
    );
  }
}

/**
 * The write-ahead log cannot be read by a Proxy.
 *
 * @remarks Change the setting or grant the privilege that the message names.
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
 * @remarks Fix the cause that the broker's message names, or set `on_refused` of the sink to `park`.
 */
export class MessageHeldError extends PgwampError {
  readonly code = 'PGWAMP_MESSAGE_HELD';

  constructor(sink: string, id: string, why: string, options?: ErrorOptions) {
    super(`sink ${sink} refuses message ${id}, which blocks all later messages: ${why}`, options);
  }
}

/**
 * A sink requires a library that is not installed.
 *
 * @remarks Install the package that the message names, next to `pgwamp`.
 */
export class PackageMissingError extends PgwampError {
  readonly code = 'PGWAMP_PACKAGE_MISSING';
  override readonly fatal = true;

  /** @param packages the missing packages. */
  constructor(sink: string, packages: readonly string[], options?: ErrorOptions) {
    const names = packages.join(' ');
    super(`sink ${sink} requires a package that is not installed: run npm install ${names}`, options);
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
 * @remarks Check the credentials of the sink and their permissions. It rejects the first `start()`.
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
 * @remarks Create the missing objects that the message names, or correct the routes.
 */
export class RoutesUnusableError extends PgwampError {
  readonly code = 'PGWAMP_ROUTES_UNUSABLE';
  override readonly permanent = true;

  constructor(problems: readonly string[]) {
    super(`routes cannot be used: ${problems.join('; ')}`);
  }
}
