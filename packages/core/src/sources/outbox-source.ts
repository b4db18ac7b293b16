import { Doorbell } from '../doorbell.ts';
import type { Batch, Message, Parser, Source } from '../pipeline/index.ts';
import type { Connection, Notifications, Subscription } from '../postgres/index.ts';

/** Limits on the rows and bytes of one batch. A larger row is a batch of its own. */
const batchRows = 2000;
const batchBytes = 4 * 1024 * 1024;
/** Number of characters to read of a row that exceeds the limit. */
const headOfLarge = 1000;
/**
 * Milliseconds between two reads after a row was found, and number of empty reads before the source waits for hints.
 */
const restlessPause = 5;
const restlessLooks = 20;
/**
 * Milliseconds until a read without a hint: a transaction that started before the source waits for hints sends none.
 */
const hintTimeout = 250;

/** The SQL of a message table. */
export interface OutboxTable {
  /** The qualified and quoted name. */
  readonly name: string;
  /** The columns of its key with their types, in the order of the messages. */
  readonly key: Readonly<Record<string, string>>;
  /** Expressions over its columns: the id, the channel and the payload of a message. */
  readonly id: string;
  readonly channel: string;
  readonly payload: string;
  /** The condition for the rows to read, with `$1` for `parameter`. */
  readonly condition: string;
  readonly parameter: string;
  /** A channel to LISTEN to. A NOTIFY there is a hint that new rows may exist. */
  readonly hints: string;
  /** Runs when the source starts (`$2` true) or stops (`$2` false) waiting for hints. `$1` is `parameter`. */
  readonly announce?: string;
}

/** Options of an {@link OutboxSource}. */
export interface OutboxOptions<M extends Message> {
  /** The session for reading and deleting. The source does not close it. */
  readonly connection: Connection;
  /** Receives the hints. */
  readonly notifications: Notifications;
  readonly table: OutboxTable;
  readonly parse: Parser<M>;
  /** Maximum size of a payload in bytes. A larger one is truncated. */
  readonly limit: number;
}

interface OutboxRow {
  /** The columns of the key, as text. */
  readonly [key: `key_${number}`]: string;
  readonly id: string;
  readonly channel: string;
  readonly size: number;
  readonly payload: string;
}

/** A source that reads messages from a table in batches, and deletes confirmed ones. */
export class OutboxSource<M extends Message> implements Source<M> {
  readonly #options: OutboxOptions<M>;
  readonly #statements: { readonly read: string; readonly remove: string };
  readonly #hints: Subscription;
  readonly #bell = new Doorbell();
  #unconfirmed = false;
  #waiting = false;

  constructor(options: OutboxOptions<M>) {
    this.#options = options;
    this.#statements = statementsOf(options.table, Math.floor(options.limit));
    const ring = () => this.#bell.ring();
    this.#hints = options.notifications.subscribe(options.table.hints, { notified: ring, listening: ring });
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch<M>> {
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

  /** Yields batches until the table is empty. */
  async *readAll(stop: AbortSignal): AsyncGenerator<Batch<M>> {
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
    this.#hints.unsubscribe();
    if (!this.#options.connection.lost.aborted) await this.#announce(false);
  }

  /**
   * The statistics of a queue table are never accurate. Without this setting, every batch of a large backlog may be
   * planned as a sort of all rows.
   */
  async #planByIndex(): Promise<void> {
    await this.#options.connection.query('SET enable_sort = off');
  }

  async #next(): Promise<Batch<M> | undefined> {
    if (this.#unconfirmed) return undefined;
    const { connection, table, parse, limit } = this.#options;
    const rows = await connection.query<OutboxRow>(this.#statements.read, [table.parameter]);
    if (rows.length === 0) return undefined;
    this.#unconfirmed = true;
    await this.#announce(false);
    const keys = Object.keys(table.key).map((_, index) => rows.map((row) => row[`key_${index}`]));
    return {
      messages: rows.map(({ id, channel, payload, size }) => parse(id, channel, payload, size, size <= limit)),
      confirm: () => this.#delete(keys),
    };
  }

  /**
   * Announces that the source waits for hints, and reads once more before it waits, because a row may have been
   * inserted just before.
   */
  async #sleep(): Promise<void> {
    if (this.#waiting) await this.#bell.wait(hintTimeout);
    else await this.#announce(true);
  }

  async #announce(waiting: boolean): Promise<void> {
    if (this.#waiting === waiting) return;
    const { connection, table } = this.#options;
    if (table.announce !== undefined) await connection.query(table.announce, [table.parameter, waiting]);
    this.#waiting = waiting;
  }

  /** @param keys an array for each column of the key. */
  async #delete(keys: readonly (readonly unknown[])[]): Promise<void> {
    const { connection, table } = this.#options;
    await connection.query(this.#statements.remove, [table.parameter, ...keys]);
    this.#unconfirmed = false;
    this.#bell.ring();
  }
}

/** The statement checks lengths before it reads texts, because a text may be too large for a string. */
function statementsOf({ name, key, id, channel, payload, condition }: OutboxTable, limit: number) {
  const columns = Object.keys(key);
  const order = columns.join(', ');
  const texts = columns.map((column, index) => `${column}::text AS key_${index}`).join(', ');
  const arrays = Object.values(key).map((type, index) => `$${index + 2}::${type}[]`);
  const same = columns.map((column) => `outbox.${column} = delivered.${column}`);
  return {
    read: `SELECT ${texts}, message_id AS id, message_channel AS channel, size,
         CASE WHEN size <= ${limit} THEN message_payload ELSE substr(message_payload, 1, ${headOfLarge}) END AS payload
       FROM (
         SELECT *, sum(size) OVER place AS bytes, row_number() OVER place AS row
         FROM (
           SELECT ${order}, (${id})::text AS message_id, (${channel})::text AS message_channel, ${payload} AS message_payload,
             octet_length(${payload}) AS size
           FROM ${name} AS outbox WHERE ${condition} ORDER BY ${order} LIMIT ${batchRows}
         ) AS next
         WINDOW place AS (ORDER BY ${order})
       ) AS summed WHERE bytes <= ${batchBytes} OR row = 1 ORDER BY row`,
    remove: `DELETE FROM ${name} AS outbox USING unnest(${arrays.join(', ')}) AS delivered (${order})
       WHERE ${condition} AND ${same.join(' AND ')}`,
  };
}
