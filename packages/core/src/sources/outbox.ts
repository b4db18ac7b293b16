import type { DatabaseConfiguration } from '@pgwamp/config';
import { Doorbell } from '../doorbell.ts';
import type { Batch, Source } from '../pipeline/index.ts';
import { parseEmission } from '../pipeline/index.ts';
import { type Connection, Listener } from '../postgres/index.ts';

/** Rows and bytes of one batch; a row larger than that is a batch of its own. */
const batchRows = 2000;
const batchBytes = 4 * 1024 * 1024;
/** Milliseconds between two looks while there was something just now, and how many such looks before it asks for hints. */
const restlessPause = 5;
const restlessLooks = 20;
/** Milliseconds until it looks without a hint: a transaction that began before it asked for hints gives none. */
const hintTimeout = 250;

interface OutboxRow {
  readonly lsn: string;
  readonly id: string;
  readonly content: string;
}

/** Publications out of the table `crossbar.outbox`, one batch at a time, deleted when confirmed. */
export class OutboxSource implements Source {
  readonly #connection: Connection;
  readonly #realm: string;
  readonly #listener: Listener;
  readonly #bell = new Doorbell();
  #unconfirmed = false;
  #waiting = false;

  /**
   * @param connection the session to read and delete with; it stays open.
   * @param configuration where to LISTEN for hints.
   */
  constructor(connection: Connection, configuration: DatabaseConfiguration, applicationName: string, realm: string) {
    this.#connection = connection;
    this.#realm = realm;
    const ring = () => this.#bell.ring();
    this.#listener = new Listener(configuration, applicationName, 'crossbar_outbox', {
      notified: ring,
      listening: ring,
    });
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch> {
    using _ = this.#bell.ringOn(stop);
    await this.#planByIndex();
    let looks = 0;
    while (!stop.aborted) {
      const batch = await this.#next();
      looks = batch || this.#unconfirmed ? 0 : looks + 1;
      if (batch) yield batch;
      else if (this.#unconfirmed || looks < restlessLooks) await this.#bell.wait(restlessPause);
      else await this.#sleep();
    }
  }

  /** Yields until the outbox is empty. */
  async *readAll(stop: AbortSignal): AsyncGenerator<Batch> {
    using _ = this.#bell.ringOn(stop);
    await this.#planByIndex();
    while (!stop.aborted) {
      const batch = await this.#next();
      if (batch) yield batch;
      else if (this.#unconfirmed) await this.#bell.wait();
      else return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener[Symbol.asyncDispose]();
    if (!this.#connection.lost.aborted) await this.#announce(false);
  }

  /** Statistics of a queue are never right: without this every batch of a large backlog may be planned as a sort of all of it. */
  async #planByIndex(): Promise<void> {
    await this.#connection.query('SET enable_sort = off');
  }

  async #next(): Promise<Batch | undefined> {
    if (this.#unconfirmed) return undefined;
    const rows = await this.#connection.query<OutboxRow>(
      `SELECT lsn::text, id, content FROM (
         SELECT *, sum(octet_length(content)) OVER place AS bytes, row_number() OVER place AS row
         FROM (SELECT lsn, id, content FROM crossbar.outbox WHERE realm = $1 ORDER BY lsn, id LIMIT ${batchRows}) AS next
         WINDOW place AS (ORDER BY lsn, id)
       ) AS summed WHERE bytes <= ${batchBytes} OR row = 1 ORDER BY row`,
      [this.#realm],
    );
    if (rows.length === 0) return undefined;
    this.#unconfirmed = true;
    await this.#announce(false);
    const places = rows.map(({ lsn, id }) => ({ lsn, id }));
    return {
      emissions: rows.map(({ id, content }) => parseEmission(id, content)),
      confirm: () => this.#delete(places),
    };
  }

  /** Asks for hints, and then looks once more before it waits: something may have come just before. */
  async #sleep(): Promise<void> {
    if (this.#waiting) await this.#bell.wait(hintTimeout);
    else await this.#announce(true);
  }

  async #announce(waiting: boolean): Promise<void> {
    if (this.#waiting === waiting) return;
    await this.#connection.query('UPDATE crossbar.realm SET waiting = $2 WHERE realm = $1', [this.#realm, waiting]);
    this.#waiting = waiting;
  }

  async #delete(places: readonly Omit<OutboxRow, 'content'>[]): Promise<void> {
    await this.#connection.query(
      `DELETE FROM crossbar.outbox AS outbox USING unnest($2::pg_lsn[], $3::bigint[]) AS delivered (lsn, id)
       WHERE outbox.realm = $1 AND outbox.lsn = delivered.lsn AND outbox.id = delivered.id`,
      [this.#realm, places.map(({ lsn }) => lsn), places.map(({ id }) => id)],
    );
    this.#unconfirmed = false;
    this.#bell.ring();
  }
}
