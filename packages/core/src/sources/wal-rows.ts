import type { Message } from '../pipeline/index.ts';
import {
  type Column,
  commitEnd,
  isTransactional,
  messageLsn,
  messagePrefix,
  type NamedType,
  pgoutput,
  positionOf,
  type Relation,
  readBegin,
  readLsn,
  readRelation,
  readTruncation,
  readTupleHeads,
  readTuples,
  readType,
  type TransactionBegin,
  type Value,
} from '../postgres/index.ts';
import type { WalDecoder } from './wal-source.ts';

/** A transaction whose changes are in the log. */
export type WalTransaction = TransactionBegin;

/** The table of a change. */
export interface WalTable extends Relation {
  /** The types of its columns that are not built into PostgreSQL, by oid. */
  readonly types: ReadonlyMap<number, NamedType>;
}

/** One row that was inserted, updated or deleted. Tuples are in the order of the table's columns. */
export interface RowChange {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly transaction: WalTransaction;
  readonly table: WalTable;
  /** The new row, for INSERT and UPDATE. */
  readonly new?: readonly Value[];
  /** The old row, if the table has REPLICA IDENTITY FULL. */
  readonly old?: readonly Value[];
  /**
   * The old values of the identifying columns, with NULL for other columns. Present for DELETE, and for an UPDATE that
   * has changed them.
   */
  readonly key?: readonly Value[];
}

/**
 * A row that exceeds the limit. Only its beginning is read: each tuple ends before the first value that is not contained
 * whole.
 */
export interface LargeRowChange extends Omit<RowChange, 'kind'> {
  readonly kind: 'too_large';
  readonly operation: RowChange['kind'];
}

/** A message written by `pg_logical_emit_message`. */
export interface LogicalMessage {
  readonly kind: 'message';
  readonly prefix: string;
  readonly content: string;
  readonly lsn: string;
  /** Its transaction; undefined if it was written outside a transaction. */
  readonly transaction: WalTransaction | undefined;
}

/** A change in the log, for the tables of a publication. */
export type WalChange =
  | RowChange
  /** Only if messages are requested. */
  | LogicalMessage
  /** Tables that one statement has truncated. */
  | {
      readonly kind: 'truncate';
      readonly transaction: WalTransaction;
      readonly tables: readonly WalTable[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
  | LargeRowChange
  /** The start and the end of a transaction. */
  | { readonly kind: 'begin'; readonly transaction: WalTransaction }
  /** `end` is the log position after the commit. */
  | { readonly kind: 'commit'; readonly transaction: WalTransaction; readonly end: string };

/**
 * Creates a message from a change, or returns undefined.
 *
 * @param id the log position and the index within the record at this position, such as `16/B374D848/0`. It is the same
 *   for every slot. For the start or the end of a transaction, the position of the commit and the kind, such as
 *   `16/B374D8F0/begin`.
 * @param size size of the change in the stream, in bytes.
 */
export type ChangeParser<M extends Message> = (id: string, change: WalChange, size: number) => M | undefined;

/**
 * Decodes row changes of the published tables. Each source needs its own decoder, because it remembers tables and
 * types, which PostgreSQL describes once per connection.
 *
 * @example
 * ```ts
 * const rows = walRows((id, change, size) =>
 *   change.kind === 'insert' ? { id, channel: change.table.table, payload: JSON.stringify(change.new), size } : undefined,
 * );
 * ```
 */
export function walRows<M extends Message>(parse: ChangeParser<M>, options: WalRowsOptions = {}): WalDecoder<M> {
  return new RowDecoder(parse, options);
}

/** Options for reading more than row changes. */
export interface WalRowsOptions {
  /** Whether to read logical messages of all prefixes. A message that exceeds the limit is skipped. */
  readonly messages?: boolean;
}

/** The type of a column as `schema.name`, if it is not built into PostgreSQL. For a domain, the base type. */
export function nameOfType({ types }: WalTable, { typeOid }: Column): string | undefined {
  const type = types.get(typeOid);
  return type && `${type.schema}.${type.name}`;
}

class RowDecoder<M extends Message> implements WalDecoder<M> {
  readonly #parse: ChangeParser<M>;
  readonly #readsMessages: boolean;
  readonly #tables = new Map<number, WalTable>();
  readonly #types = new Map<number, NamedType>();
  #transaction: WalTransaction = { xid: 0, lsn: '0/0', at: new Date(0), microseconds: 0n };
  #position = '';
  #index = 0;

  constructor(parse: ChangeParser<M>, { messages = false }: WalRowsOptions) {
    this.#parse = parse;
    this.#readsMessages = messages;
  }

  decode(buffer: Buffer, offset: number, end: number, size: number): M | undefined {
    const isWhole = end - offset === size;
    switch (buffer[offset]) {
      case pgoutput.relation:
        this.#learn(readRelation(buffer, offset));
        return undefined;
      case pgoutput.type:
        this.#learnType(readType(buffer, offset));
        return undefined;
      case pgoutput.begin:
        this.#transaction = readBegin(buffer, offset);
        return this.#border({ kind: 'begin', transaction: this.#transaction }, size);
      case pgoutput.commit:
        return this.#border(
          { kind: 'commit', transaction: this.#transaction, end: readLsn(buffer, offset + commitEnd) },
          size,
        );
      case pgoutput.insert:
        return this.#make(buffer, offset, size, this.#row('insert', buffer, offset, end, isWhole));
      case pgoutput.update:
        return this.#make(buffer, offset, size, this.#row('update', buffer, offset, end, isWhole));
      case pgoutput.delete:
        return this.#make(buffer, offset, size, this.#row('delete', buffer, offset, end, isWhole));
      case pgoutput.truncate:
        return this.#make(buffer, offset, size, this.#truncate(buffer, offset));
      case pgoutput.message:
        return this.#readsMessages && isWhole ? this.#message(buffer, offset, size) : undefined;
      default:
        return undefined;
    }
  }

  /**
   * PostgreSQL describes a table before its first change, and again after it was altered. It describes the table's
   * types before the table.
   */
  #learn(relation: Relation): void {
    const own = relation.columns.flatMap(({ typeOid }) => this.#types.get(typeOid) ?? []);
    this.#tables.set(relation.oid, { ...relation, types: new Map(own.map((type) => [type.oid, type])) });
  }

  #learnType(type: NamedType): void {
    this.#types.set(type.oid, type);
  }

  #border(change: WalChange & { kind: 'begin' | 'commit' }, size: number): M | undefined {
    return this.#parse(`${change.transaction.lsn}/${change.kind}`, change, size);
  }

  #row(kind: RowChange['kind'], buffer: Buffer, offset: number, end: number, isWhole: boolean): WalChange {
    const transaction = this.#transaction;
    if (!isWhole) {
      const { relation, ...heads } = readTupleHeads(buffer, offset, end);
      return { kind: 'too_large', operation: kind, transaction, table: this.#table(relation), ...heads };
    }
    const tuples = readTuples(buffer, offset);
    const table = this.#table(tuples.relation);
    // No object spread, because it costs measurable time.
    const change: { -readonly [Key in keyof RowChange]: RowChange[Key] } = { kind, transaction, table };
    if (tuples.new) change.new = tuples.new;
    if (tuples.old) change.old = tuples.old;
    if (tuples.key) change.key = tuples.key;
    return change;
  }

  #truncate(buffer: Buffer, offset: number): WalChange {
    const { relations, cascade, restartIdentity } = readTruncation(buffer, offset);
    const tables = relations.map((oid) => this.#table(oid));
    return { kind: 'truncate', transaction: this.#transaction, tables, cascade, restartIdentity };
  }

  #message(buffer: Buffer, offset: number, size: number): M | undefined {
    const transaction = isTransactional(buffer, offset) ? this.#transaction : undefined;
    const lsn = readLsn(buffer, offset + messageLsn);
    const end = buffer.indexOf(0, offset + messagePrefix);
    const [start, length] = [end + 5, buffer.readUInt32BE(end + 1)];
    const prefix = buffer.toString('utf8', offset + messagePrefix, end);
    const content = buffer.toString('utf8', start, start + length);
    return this.#parse(`${lsn}/message`, { kind: 'message', prefix, content, lsn, transaction }, size);
  }

  #table(oid: number): WalTable {
    const table = this.#tables.get(oid);
    if (!table) throw new Error(`pgoutput has sent a change of table ${oid} that it has not described`);
    return table;
  }

  /** One record of the log may contain several rows, as COPY writes them. The index distinguishes them. */
  #make(buffer: Buffer, offset: number, size: number, change: WalChange): M | undefined {
    const position = positionOf(buffer, offset);
    this.#index = position === this.#position ? this.#index + 1 : 0;
    this.#position = position;
    return this.#parse(`${position}/${this.#index}`, change, size);
  }
}
