import { unchanged, type Value } from '@pgwamp/core/internal/postgres';
import type { Column, ColumnFacts } from './column-catalog.ts';
import { isNumber, type JsonWriter, typeOid } from './json-value.ts';
import type { Wal2jsonOptions } from './wal2json-options.ts';

/** A column in the form of wal2json. */
export interface Wal2jsonColumn {
  readonly name: string;
  /** Whether it is part of the key of a row. */
  readonly isKey: boolean;
  readonly typeOid: number;
  /** The data from the catalog; undefined if no parameter requires them. */
  readonly facts: ColumnFacts | undefined;
  /** Writes a value that is not NULL. */
  readonly write: JsonWriter;
}

/** Whether the parameters require data from the catalog. */
export function wantsCatalog(options: Wal2jsonOptions): boolean {
  return catalogParameters.some((name) => options[name]);
}

const catalogParameters = [
  'include-types',
  'include-column-positions',
  'include-not-null',
  'include-default',
  'include-pk',
] as const;

/** A column according to the parameters. */
export function wal2jsonColumn(
  options: Wal2jsonOptions,
  { name, isKey, typeOid: oid }: Column,
  facts: ColumnFacts | undefined,
): Wal2jsonColumn {
  // Version 1 writes values of a domain like its base type if it also writes that type; otherwise a domain is a string.
  const isReplaced = options['format-version'] === 1 && options['include-types'] && options['include-domain-data-type'];
  const written = (isReplaced && facts?.base?.oid) || oid;
  return { name, isKey, typeOid: written, facts, write: valueWriter(written, options['numeric-data-types-as-string']) };
}

function valueWriter(oid: number, numbersAsStrings: boolean): JsonWriter {
  if (numbers.has(oid)) return numbersAsStrings ? JSON.stringify : number;
  if (oid === typeOid.bool) return (text) => (text === 't' ? 'true' : 'false');
  if (oid === typeOid.bytea) return (text) => JSON.stringify(text.slice(2));
  return JSON.stringify;
}

const { int2, int4, int8, oid: oidType, float4, float8, numeric } = typeOid;
const numbers = new Set<number>([int2, int4, int8, oidType, float4, float8, numeric]);

/** NaN and the infinities are not JSON numbers. */
const number: JsonWriter = (text) => (isNumber(text) ? text : 'null');

/** Whether a tuple contains the value of a column: not if it is TOASTed and unchanged. */
export function hasValue(value: Value | undefined): value is string | null {
  return value !== unchanged && value !== undefined;
}

/**
 * The name of a type as JSON. wal2json uses a name that SQL quotes as a JSON string directly. If that would not be
 * valid JSON, because of a schema prefix or of escapes, this writes a proper JSON string instead.
 */
export function typeText(text: string): string {
  return /^"[^"\\]*"$/.test(text) ? text : JSON.stringify(text);
}

/** A timestamp as PostgreSQL writes it in UTC. */
export function timestampText(microseconds: bigint): string {
  const seconds = new Date(Number(microseconds / 1000n)).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = String(microseconds % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction && `.${fraction}`}+00`;
}

/** wal2json treats the bytes of a logical message as a C string, which ends at the first zero byte. */
export function cString(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
