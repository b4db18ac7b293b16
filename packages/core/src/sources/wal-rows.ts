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
  readRelationOid,
  readTruncation,
  readTuples,
  readType,
  type TransactionBegin,
  type Value,
} from '../postgres/index.ts';
import type { WalDecoder } from './wal-source.ts';

/** A transaction that the log has the changes of. */
export type WalTransaction = TransactionBegin;

/** A table of a change. */
export interface WalTable extends Relation {
  /** Its types that are not built into PostgreSQL, by their oids. */
  readonly types: ReadonlyMap<number, NamedType>;
}

/** One row that was inserted, updated or deleted. Tuples are parallel to the columns of the table. */
export interface RowChange {
  readonly kind: 'insert' | 'update' | 'delete';
  readonly transaction: WalTransaction;
  readonly table: WalTable;
  /** The new row, of INSERT and UPDATE. */
  readonly new?: readonly Value[];
  /** The old row, where the table has REPLICA IDENTITY FULL. */
  readonly old?: readonly Value[];
  /** The old values of the columns that identify the row, the others NULL: of DELETE, and of UPDATE where it has changed them. */
  readonly key?: readonly Value[];
}

/** What `pg_logical_emit_message` has written. */
export interface LogicalMessage {
  readonly kind: 'message';
  readonly prefix: string;
  readonly content: string;
  readonly lsn: string;
  /** The transaction that it belongs to; undefined if it was written outside of one. */
  readonly transaction: WalTransaction | undefined;
}

/** What the log has of the tables that a publication publishes. */
export type WalChange =
  | RowChange
  /** Only where the messages are asked for. */
  | LogicalMessage
  /** Tables that one statement has truncated. */
  | {
      readonly kind: 'truncate';
      readonly transaction: WalTransaction;
      readonly tables: readonly WalTable[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
  /** A row that is larger than the limit: only its table is read. */
  | {
      readonly kind: 'too_large';
      readonly operation: RowChange['kind'];
      readonly transaction: WalTransaction;
      readonly table: WalTable;
    }
  /** The borders of a transaction. */
  | { readonly kind: 'begin'; readonly transaction: WalTransaction }
  /** `end` is the log position after the commit. */
  | { readonly kind: 'commit'; readonly transaction: WalTransaction; readonly end: string };

/**
 * Makes a message of a change, or nothing.
 *
 * @param id the log position and the place within the record there, such as `16/B374D848/0`: the same whichever slot it is read by; of a
 *   border the position of the commit and the border, such as `16/B374D8F0/begin`.
 * @param size bytes of the change in the log's stream.
 */
export type ChangeParser<M extends Message> = (id: string, change: WalChange, size: number) => M | undefined;

/**
 * Changes of rows, of the tables of the publications that the source reads. Needs one source for itself: it remembers tables and
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

/** What besides changes of rows is read. */
export interface WalRowsOptions {
  /** Whether logical messages of all prefixes are. One that is larger than the limit is skipped. */
  readonly messages?: boolean;
}

/** The type of a column as `schema.name`, if it is not built into PostgreSQL; of a domain that of its base type. */
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
        return this.#make(buffer, offset, size, this.#row('insert', buffer, offset, isWhole));
      case pgoutput.update:
        return this.#make(buffer, offset, size, this.#row('update', buffer, offset, isWhole));
      case pgoutput.delete:
        return this.#make(buffer, offset, size, this.#row('delete', buffer, offset, isWhole));
      case pgoutput.truncate:
        return this.#make(buffer, offset, size, this.#truncate(buffer, offset));
      case pgoutput.message:
        return this.#readsMessages && isWhole ? this.#message(buffer, offset, size) : undefined;
      default:
        return undefined;
    }
  }

  /** PostgreSQL describes a table before its first change, and again when it has changed; its types before it. */
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

  #row(kind: RowChange['kind'], buffer: Buffer, offset: number, isWhole: boolean): WalChange {
    const transaction = this.#transaction;
    if (!isWhole) {
      return { kind: 'too_large', operation: kind, transaction, table: this.#table(readRelationOid(buffer, offset)) };
    }
    const tuples = readTuples(buffer, offset);
    const table = this.#table(tuples.relation);
    // Not by spreading, which can be measured.
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

  /** Rows that one record of the log has, as COPY writes them, have their place within it. */
  #make(buffer: Buffer, offset: number, size: number, change: WalChange): M | undefined {
    const position = positionOf(buffer, offset);
    this.#index = position === this.#position ? this.#index + 1 : 0;
    this.#position = position;
    return this.#parse(`${position}/${this.#index}`, change, size);
  }
}
