import type { Refused } from '@pgwamp/core';
import { type Connection, isServerError } from '@pgwamp/core/internal/postgres';
import { type OutgoingMessage, orderKeysOf } from '../sinks/sink.ts';
import { withoutRow } from '../sources/row-keys.ts';

/** A parked message that is due to be sent again. */
export interface ParkedMessage {
  readonly number: string;
  readonly message: OutgoingMessage;
}

/** parked: until a user decides; incomplete: it has no content to send; waiting: for an earlier message or for the broker. */
export type ParkedState = 'parked' | 'incomplete' | 'waiting';

interface Waiting {
  readonly message: OutgoingMessage;
  readonly error: string;
  readonly state: ParkedState;
  readonly written: PromiseWithResolvers<void>;
}

interface ParkedRow {
  readonly number: string;
  readonly source: string;
  readonly id: string;
  readonly destination: string;
  readonly key: string;
  readonly order_key: string;
  readonly new_order_key: string | null;
  readonly content_type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
  readonly committed: number | null;
}

/** Limit of messages that are read at once to be sent again. */
const batchSize = 100;

/** The sink that the parked messages belong to. */
export interface ParkedSink {
  readonly proxy: string;
  readonly sink: string;
  /** Whether later messages with the same order key wait behind a parked one. */
  readonly inOrder: boolean;
}

/** The parked messages of one sink, in `crossbar.parked_message`. */
export class ParkedTable {
  readonly #connection: Connection;
  readonly #proxy: string;
  readonly #sink: string;
  readonly #inOrder: boolean;
  #stored = new Set<string>();
  /** The number of messages per key that are being written. */
  readonly #writing = new Map<string, number>();
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  private constructor(connection: Connection, { proxy, sink, inOrder }: ParkedSink) {
    this.#connection = connection;
    this.#proxy = proxy;
    this.#sink = sink;
    this.#inOrder = inOrder;
  }

  static async open(connection: Connection, of: ParkedSink): Promise<ParkedTable> {
    const table = new ParkedTable(connection, of);
    await table.refresh();
    return table;
  }

  /** The sinks with parked messages that are not in the given list, and the number of messages. */
  static abandoned(connection: Connection, proxy: string, sinks: readonly string[]) {
    return connection.query<{ sink: string; count: string }>(
      'SELECT sink, count(*) FROM crossbar.parked_message WHERE proxy = $1 AND NOT sink = ANY ($2) GROUP BY sink ORDER BY sink',
      [proxy, sinks],
    );
  }

  /** Whether a message has to wait: for one with an order key of its own, for one of its whole table, or as one. */
  holds(message: OutgoingMessage): boolean {
    if (!this.#inOrder || (this.#stored.size === 0 && this.#writing.size === 0)) return false;
    if (orderKeysOf(message).some((key) => this.#isParked(key) || this.#isParked(withoutRow(key)))) return true;
    const isOfTable = (key: string) => withoutRow(key) === message.orderKey;
    return message.isAlone === true && [...this.#stored, ...this.#writing.keys()].some(isOfTable);
  }

  #isParked(orderKey: string): boolean {
    return this.#stored.has(orderKey) || this.#writing.has(orderKey);
  }

  /** Reads the order keys again, because a user may have discarded messages. */
  async refresh(): Promise<void> {
    const rows = await this.#connection.query<{ key: string }>(
      `SELECT DISTINCT own.key FROM crossbar.parked_message, unnest(ARRAY[order_key, new_order_key]) AS own (key)
       WHERE proxy = $1 AND sink = $2 AND own.key <> ''`,
      [this.#proxy, this.#sink],
    );
    this.#stored = new Set(rows.map(({ key }) => key));
  }

  /**
   * Parks a message; resolves when it is written. Messages that arrive while a statement runs are written together by
   * the next one.
   */
  async park(message: OutgoingMessage, why: Refused, state: ParkedState): Promise<void> {
    const keys = orderKeysOf(message);
    const written = Promise.withResolvers<void>();
    this.#queue.push({ message, error: why.message, state, written });
    for (const key of keys) this.#writing.set(key, (this.#writing.get(key) ?? 0) + 1);
    this.#running ??= this.#write();
    await written.promise;
    for (const key of keys) {
      const left = (this.#writing.get(key) ?? 1) - 1;
      if (left > 0) this.#writing.set(key, left);
      else this.#writing.delete(key);
      this.#stored.add(key);
    }
  }

  /** The messages that are due to be sent again: of each order key the first one, unless it is parked. */
  async due(): Promise<ParkedMessage[]> {
    const rows = await this.#connection.query<ParkedRow>(
      `SELECT id::text AS number, source, message_id AS id, destination, key, order_key, new_order_key, content_type, headers, payload,
         extract(epoch FROM committed_at)::float8 * 1000 AS committed
       FROM crossbar.parked_message AS message
       WHERE proxy = $1 AND sink = $2 AND state IN ('waiting', 'retrying') AND (NOT $3 OR order_key = '' OR NOT EXISTS (
         SELECT FROM crossbar.parked_message AS earlier
         WHERE earlier.proxy = message.proxy AND earlier.sink = message.sink AND earlier.id < message.id
           AND md5(earlier.order_key) IN (md5(message.order_key), md5(message.new_order_key), md5(split_part(message.order_key, E'\\n', 1)))
         ) AND NOT EXISTS (
         SELECT FROM crossbar.parked_message AS earlier
         WHERE earlier.proxy = message.proxy AND earlier.sink = message.sink AND earlier.id < message.id
           AND md5(earlier.new_order_key) IN (md5(message.order_key), md5(message.new_order_key))
         ) AND (new_order_key IS DISTINCT FROM order_key OR NOT EXISTS (
         SELECT FROM crossbar.parked_message AS earlier
         WHERE earlier.proxy = message.proxy AND earlier.sink = message.sink AND earlier.id < message.id
           AND split_part(earlier.order_key, E'\\n', 1) = message.order_key)))
       ORDER BY message.id LIMIT ${batchSize}`,
      [this.#proxy, this.#sink, this.#inOrder],
    );
    return rows.map((row) => ({ number: row.number, message: outgoing(row) }));
  }

  /** Removes a parked message that was delivered. */
  async delivered(number: string): Promise<void> {
    await this.#connection.query('DELETE FROM crossbar.parked_message WHERE id = $1', [number]);
  }

  /** Updates a parked message that was refused again. */
  async refused(number: string, why: Refused): Promise<void> {
    await this.#connection.query(
      `UPDATE crossbar.parked_message SET state = 'parked', error = $2, tries = tries + 1 WHERE id = $1`,
      [number, why.message],
    );
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#insert(batch, storable).catch((error: unknown) => {
          if (!isUnstorable(error)) throw error;
          return this.#insert(batch, ascii);
        });
        for (const { written } of batch) written.resolve();
      } catch (error) {
        for (const { written } of batch) written.reject(error);
      }
    }
    this.#running = undefined;
  }

  async #insert(batch: readonly Waiting[], text: (written: string) => string): Promise<void> {
    const column = <Value>(value: (waiting: Waiting) => Value) => batch.map(value);
    await this.#connection.query(
      `INSERT INTO crossbar.parked_message AS parked
         (proxy, sink, source, message_id, destination, key, order_key, new_order_key, content_type, headers, payload, error, state,
           committed_at)
       SELECT $1, $2, source, id, destination, key, order_key, new_order_key, content_type, headers, payload, error, state,
         to_timestamp(committed)
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::json[], $11::bytea[],
         $12::text[], $13::text[], $14::float8[]) WITH ORDINALITY
         AS message (source, id, destination, key, order_key, new_order_key, content_type, headers, payload, error, state, committed, place)
       ORDER BY place
       ON CONFLICT (proxy, sink, message_id, md5(destination), md5(key)) DO NOTHING`,
      [
        this.#proxy,
        this.#sink,
        column(({ message }) => message.origin.source),
        column(({ message }) => message.id),
        column(({ message }) => text(message.destination)),
        column(({ message }) => text(message.key)),
        column(({ message }) => text(message.orderKey)),
        column(({ message }) => newOrderKeyOf(message)).map((key) => (key === undefined ? null : text(key))),
        column(({ message }) => text(message.contentType)),
        column(({ message }) => text(JSON.stringify(message.headers))),
        column(({ message }) => Buffer.from(message.payload as string)),
        column(({ error }) => text(error)),
        column(({ state }) => state),
        column(({ message }) => (message.origin.committedAt === undefined ? null : message.origin.committedAt / 1000)),
      ],
    );
  }
}

/** A message that concerns all rows of its table is recognized by two equal order keys, which nothing else has. */
function newOrderKeyOf({ isAlone, orderKey, newOrderKey }: OutgoingMessage): string | undefined {
  return isAlone ? orderKey : newOrderKey;
}

/** Text of PostgreSQL cannot contain U+0000, but a broker's error message may. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/**
 * A database with an encoding other than UTF8 cannot store every character; the payload keeps its bytes nevertheless.
 */
function ascii(text: string): string {
  return text.replace(/[^\n\x20-\x7e]/g, '?');
}

/** Class 22: PostgreSQL cannot store the value. */
function isUnstorable(error: unknown): boolean {
  return isServerError(error) && (error.code ?? '').startsWith('22');
}

function outgoing(row: ParkedRow): OutgoingMessage {
  return {
    id: row.id,
    channel: '',
    payload: row.payload,
    size: row.payload.length,
    destination: row.destination,
    key: row.key,
    orderKey: row.order_key,
    newOrderKey: row.new_order_key ?? undefined,
    contentType: row.content_type,
    headers: row.headers,
    origin: {
      source: row.source,
      committedAt: row.committed ?? undefined,
      receivedAt: Date.now(),
      position: undefined,
    },
    progress: { state: 'ready' },
  };
}
