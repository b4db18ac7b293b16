import * as z from 'zod';
import { CloudEventsFormat, defaultHeaderPrefix, headerPrefixes } from './cloudevents.ts';
import { ColumnCatalog } from './column-catalog.ts';
import { DebeziumFormat } from './debezium.ts';
import type { Format } from './format.ts';
import { RawFormat } from './raw.ts';
import { RowFormat } from './row.ts';
import { TableKeys } from './table-keys.ts';
import { type Query, TypeCatalog } from './type-catalog.ts';
import { Wal2json } from './wal2json.ts';
import { wal2jsonOptions } from './wal2json-options.ts';
import { Wal2jsonV1 } from './wal2json-v1.ts';

const names = ['raw', 'row', 'wal2json', 'debezium', 'cloudevents'] as const;

const withOptions = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('raw') }),
    z.strictObject({ type: z.literal('row') }),
    z.strictObject({ type: z.literal('wal2json'), ...wal2jsonOptions.shape }),
    z.strictObject({ type: z.literal('debezium') }),
    z.strictObject({
      type: z.literal('cloudevents'),
      mode: z.enum(['structured', 'binary']).default('structured').describe('whether attributes are headers (binary)'),
      source: z.string().min(1).optional().describe('the attribute "source"; default: /DATABASE/SOURCE'),
    }),
  ],
  { error: `a format: ${names.join(', ')}, or an object with one of them as type` },
);

/** `format` of a route: a name, or an object with a `type` and options. */
export const formatOptions = z.union([z.enum(names).transform((type) => withOptions.parse({ type })), withOptions], {
  error: `a format: ${names.join(', ')}, or an object with one of them as type`,
});

/** A format, checked. */
export type FormatOptions = z.output<typeof formatOptions>;

/** The dependencies of formats. */
export interface FormatContext {
  /** Runs a query of PostgreSQL's catalog. */
  readonly query: Query;
  /** The name of the Proxy. */
  readonly name: string;
  /** The name of the database. */
  readonly database: string;
  /** The version of this package. */
  readonly version: string;
  /** Size limit of a message in bytes. */
  readonly limit: number;
}

/** Creates the formats of routes, which share their knowledge of tables. */
export class Formats {
  readonly #context: FormatContext;
  readonly #types: TypeCatalog;
  readonly #columns: ColumnCatalog;
  readonly #keys: TableKeys;
  readonly #rows: RowFormat;

  constructor(context: FormatContext) {
    this.#context = context;
    this.#types = new TypeCatalog(context.query);
    this.#columns = new ColumnCatalog(context.query);
    this.#keys = new TableKeys(this.#columns);
    this.#rows = new RowFormat(this.#types, this.#keys);
  }

  /** The format `row`, which several formats and functions build on. */
  get rows(): RowFormat {
    return this.#rows;
  }

  get keys(): TableKeys {
    return this.#keys;
  }

  /**
   * @param source the name of the source of the messages.
   * @param sinkKind the kind of the sink, which determines the names of headers.
   */
  make(options: FormatOptions, source: string, sinkKind: string): Format {
    switch (options.type) {
      case 'raw':
        return new RawFormat();
      case 'row':
        return this.#rows;
      case 'wal2json':
        return options['format-version'] === 1
          ? new Wal2jsonV1(options, this.#columns, this.#context.limit)
          : new Wal2json(options, this.#columns);
      case 'debezium':
        return new DebeziumFormat(this.#types, this.#context);
      case 'cloudevents': {
        const { mode, source: uri = `/${encodeURIComponent(this.#context.database)}/${source}` } = options;
        const headerPrefix = headerPrefixes[sinkKind] ?? defaultHeaderPrefix;
        return new CloudEventsFormat({ mode, source: uri, headerPrefix }, this.#rows);
      }
    }
  }
}
