import { parseLsn, unchanged, type Value } from '@pgwamp/core/internal/postgres';
import type { RowChange, WalTable } from '@pgwamp/core/internal/sources';
import { type Formattable, isOfTable, positionOf, type TruncatedTable } from './change.ts';
import { debeziumWriter } from './debezium-value.ts';
import type { Content, Format } from './format.ts';
import type { JsonWriter } from './json-value.ts';
import { currentValue } from './row.ts';
import type { TypeCatalog } from './type-catalog.ts';

/** The origin of changes in the envelope. */
export interface DebeziumOrigin {
  /** The name of the Proxy: Debezium's `topic.prefix`. */
  readonly name: string;
  readonly database: string;
  /** The version of this Proxy. */
  readonly version: string;
}

interface ColumnText {
  readonly name: string;
  readonly write: JsonWriter;
}

/** Debezium's placeholder for an unchanged TOASTed value. */
const unavailable = '"__debezium_unavailable_value"';
const operations = { insert: 'c', update: 'u', delete: 'd', truncate: 't' } as const;

/**
 * The envelope of Debezium, without a schema: `before`, `after`, `source`, `op`. Consumers of Debezium's JSON can read
 * it as well.
 *
 * @see https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-events
 */
export class DebeziumFormat implements Format {
  readonly #types: TypeCatalog;
  readonly #origin: DebeziumOrigin;
  readonly #tables = new WeakMap<WalTable, readonly ColumnText[]>();

  constructor(types: TypeCatalog, origin: DebeziumOrigin) {
    this.#types = types;
    this.#origin = origin;
  }

  prepare(table: WalTable): Promise<void> | undefined {
    return this.#types.prepare(table);
  }

  write({ id, change }: Formattable): Content | undefined {
    if (!isOfTable(change) || change.kind === 'too_large') return undefined;
    const { before, after } = change.kind === 'truncate' ? { before: 'null', after: 'null' } : this.#rows(change);
    const source = `"source":${this.#source(id, change)}`;
    const payload = `{"before":${before},"after":${after},${source},"transaction":null,"op":"${operations[change.kind]}",${times(BigInt(Date.now()) * 1000n)}}`;
    return { payload, contentType: 'application/json' };
  }

  #rows(change: RowChange): { readonly before: string; readonly after: string } {
    const columns = this.#columns(change.table);
    const { new: row, old, key } = change;
    const former = old ?? key;
    return {
      before: former ? object(columns, (index) => former[index]) : 'null',
      after: row ? object(columns, (index) => currentValue(row, old, index)) : 'null',
    };
  }

  #source(id: string, { table, transaction }: RowChange | TruncatedTable): string {
    const { name, database, version } = this.#origin;
    const lsn = parseLsn(positionOf(id));
    const where = `"db":${JSON.stringify(database)},"sequence":"[null,\\"${lsn}\\"]"`;
    const tableText = `"schema":${JSON.stringify(table.schema)},"table":${JSON.stringify(table.table)}`;
    const origin = `"version":${JSON.stringify(version)},"connector":"postgresql","name":${JSON.stringify(name)}`;
    const time = times(transaction.microseconds);
    return `{${origin},${time},"snapshot":"false",${where},${tableText},"txId":${transaction.xid},"lsn":${lsn},"xmin":null}`;
  }

  #columns(table: WalTable): readonly ColumnText[] {
    const known = this.#tables.get(table);
    if (known) return known;
    const columns = this.#types.shapes(table).map((shape, index) => ({
      name: `${JSON.stringify(table.columns[index]?.name)}:`,
      write: debeziumWriter(shape),
    }));
    this.#tables.set(table, columns);
    return columns;
  }
}

function times(microseconds: bigint): string {
  return `"ts_ms":${microseconds / 1000n},"ts_us":${microseconds},"ts_ns":${microseconds}000`;
}

function object(columns: readonly ColumnText[], valueAt: (index: number) => Value | undefined): string {
  const members = columns.map(({ name, write }, index) => {
    const value = valueAt(index) ?? null;
    if (value === unchanged) return name + unavailable;
    return name + (value === null ? 'null' : write(value));
  });
  return `{${members.join(',')}}`;
}
