import { readLsn } from './lsn.ts';

/**
 * The first bytes of the messages of pgoutput, protocol 1.
 *
 * @see https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
export const pgoutput = {
  begin: code('B'),
  commit: code('C'),
  message: code('M'),
  relation: code('R'),
  type: code('Y'),
  insert: code('I'),
  update: code('U'),
  delete: code('D'),
  truncate: code('T'),
} as const;

/** Seconds between the epochs of Unix and PostgreSQL. */
export const epoch = 946_684_800;

/** The start of a transaction. */
export interface TransactionBegin {
  readonly xid: number;
  /** The log position of its commit. */
  readonly lsn: string;
  /** The time of its commit. */
  readonly at: Date;
  /** The commit time in microseconds since 1970, at PostgreSQL's full precision. */
  readonly microseconds: bigint;
}

/** A table, as it was when the following changes were made. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  /** The identity of an old row: the primary key, nothing, all columns, or a unique index. */
  readonly identity: 'default' | 'nothing' | 'full' | 'index';
  readonly columns: readonly Column[];
}

/** A column of a {@link Relation}. */
export interface Column {
  readonly name: string;
  /** Whether the column is part of the row's identity. */
  readonly isKey: boolean;
  readonly typeOid: number;
  readonly typeModifier: number;
}

/** A type that is not built into PostgreSQL. A domain has the name of its base type. */
export interface NamedType {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

/** Marks a TOASTed value that an UPDATE has not changed. The log does not contain it. */
export const unchanged: unique symbol = Symbol('unchanged');

/** A value in PostgreSQL's text format, NULL, or {@link unchanged}. */
export type Value = string | null | typeof unchanged;

/** The tuples of a change. The log contains at most one of `key` and `old`. */
export interface Tuples {
  readonly relation: number;
  readonly key?: readonly Value[];
  readonly old?: readonly Value[];
  readonly new?: readonly Value[];
}

/** Tables that one statement has truncated. */
export interface Truncation {
  readonly relations: readonly number[];
  readonly cascade: boolean;
  readonly restartIdentity: boolean;
}

/** Offset of the commit time in a begin message: microseconds since PostgreSQL's {@link epoch}. */
export const beginTime = 9;
/** Offset of the transaction's end position in a commit message. */
export const commitEnd = 10;

/** Whether a logical message belongs to a transaction. */
export function isTransactional(buffer: Buffer, offset: number): boolean {
  return ((buffer[offset + 1] ?? 0) & 1) === 1;
}

/** Offset of the log position in a logical message. */
export const messageLsn = 2;
/** Offset of the prefix in a logical message. */
export const messagePrefix = 10;

export function readBegin(buffer: Buffer, offset: number): TransactionBegin {
  const microseconds = buffer.readBigInt64BE(offset + beginTime) + BigInt(epoch) * 1_000_000n;
  const at = new Date(Number(microseconds / 1000n));
  return { lsn: readLsn(buffer, offset + 1), at, microseconds, xid: buffer.readUInt32BE(offset + 17) };
}

export function readRelation(buffer: Buffer, offset: number): Relation {
  const reader = new Reader(buffer, offset + 1);
  return {
    oid: reader.uint32(),
    schema: reader.cstring() || 'pg_catalog',
    table: reader.cstring(),
    identity: identities[String.fromCharCode(reader.uint8())] ?? 'default',
    columns: Array.from({ length: reader.uint16() }, () => ({
      isKey: (reader.uint8() & 1) === 1,
      name: reader.cstring(),
      typeOid: reader.uint32(),
      typeModifier: reader.int32(),
    })),
  };
}

export function readType(buffer: Buffer, offset: number): NamedType {
  const reader = new Reader(buffer, offset + 1);
  return { oid: reader.uint32(), schema: reader.cstring() || 'pg_catalog', name: reader.cstring() };
}

/** Reads an insert, update or delete message. */
export function readTuples(buffer: Buffer, offset: number): Tuples {
  const reader = new Reader(buffer, offset + 1);
  const relation = reader.uint32();
  const tuples: { relation: number; key?: Value[]; old?: Value[]; new?: Value[] } = { relation };
  let kind = kinds[String.fromCharCode(reader.uint8())];
  if (kind) tuples[kind] = reader.tuple();
  // In an update message, the old tuple precedes the new one.
  if (buffer[offset] === pgoutput.update && kind && kind !== 'new') {
    kind = kinds[String.fromCharCode(reader.uint8())];
    if (kind) tuples[kind] = reader.tuple();
  }
  return tuples;
}

/**
 * Reads a truncated insert, update or delete message: each tuple up to the first value that is not contained whole.
 *
 * @param end the end of the part that is contained.
 */
export function readTupleHeads(buffer: Buffer, offset: number, end: number): Tuples {
  const reader = new Reader(buffer.subarray(0, end), offset + 1);
  const relation = reader.uint32();
  const tuples: { relation: number; key?: Value[]; old?: Value[]; new?: Value[] } = { relation };
  let isWhole = true;
  while (isWhole && reader.has(1)) {
    const kind = kinds[String.fromCharCode(reader.uint8())];
    if (!kind) break;
    ({ values: tuples[kind], isWhole } = reader.tupleHead());
  }
  return tuples;
}

export function readTruncation(buffer: Buffer, offset: number): Truncation {
  const reader = new Reader(buffer, offset + 1);
  const count = reader.uint32();
  const flags = reader.uint8();
  const relations = Array.from({ length: count }, () => reader.uint32());
  return { relations, cascade: (flags & 1) === 1, restartIdentity: (flags & 2) === 2 };
}

const identities: Readonly<Record<string, Relation['identity']>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
};
const kinds: Readonly<Record<string, 'key' | 'old' | 'new'>> = { K: 'key', O: 'old', N: 'new' };
const [isNull, isUnchanged] = [code('n'), code('u')];

/** Reads one field after the other. Texts are copied, because the buffer is reused. */
class Reader {
  readonly #buffer: Buffer;
  #offset: number;

  constructor(buffer: Buffer, offset: number) {
    this.#buffer = buffer;
    this.#offset = offset;
  }

  uint8(): number {
    return this.#buffer.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#buffer.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#buffer.readUInt32BE(this.#advance(4));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  cstring(): string {
    const start = this.#offset;
    const end = this.#buffer.indexOf(0, start);
    this.#offset = end + 1;
    return this.#buffer.toString('utf8', start, end);
  }

  tuple(): Value[] {
    const values: Value[] = [];
    for (let left = this.uint16(); left > 0; left -= 1) values.push(this.#value());
    return values;
  }

  /** The values of a tuple up to the first that the buffer does not contain whole. */
  tupleHead(): { readonly values: Value[]; readonly isWhole: boolean } {
    const values: Value[] = [];
    let left = this.has(2) ? this.uint16() : 1;
    for (; left > 0 && this.#hasValue(); left -= 1) values.push(this.#value());
    return { values, isWhole: left === 0 };
  }

  /** Whether the buffer contains this number of further bytes. */
  has(bytes: number): boolean {
    return this.#offset + bytes <= this.#buffer.length;
  }

  #hasValue(): boolean {
    const kind = this.#buffer[this.#offset];
    if (kind === isNull || kind === isUnchanged) return true;
    return this.has(5) && this.has(5 + this.#buffer.readUInt32BE(this.#offset + 1));
  }

  #value(): Value {
    const kind = this.uint8();
    if (kind === isNull) return null;
    if (kind === isUnchanged) return unchanged;
    const start = this.#advance(this.uint32());
    return this.#buffer.toString('utf8', start, this.#offset);
  }

  #advance(bytes: number): number {
    const start = this.#offset;
    this.#offset += bytes;
    return start;
  }
}

function code(letter: string): number {
  return letter.charCodeAt(0);
}
