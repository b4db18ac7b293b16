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
export class PublicationMissingError extends PgwampError {
  readonly code = 'PGWAMP_PUBLICATION_MISSING';
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
