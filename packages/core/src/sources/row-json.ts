import type { Value } from '../postgres/index.ts';
import { nameOfType, type WalTable } from './wal-rows.ts';

/** Converts the text of a value to JSON. */
type Writer = (text: string) => string;

const string: Writer = JSON.stringify;
/** NaN and Infinity are strings, because they are not JSON numbers. */
const number: Writer = (text) => (isDigit(text, text[0] === '-' ? 1 : 0) ? text : JSON.stringify(text));
const boolean: Writer = (text) => (text === 't' ? 'true' : 'false');
const json: Writer = (text) => text;
/**
 * Writes ISO 8601. The time zone in a replication stream is UTC. Years of four digits avoid the slower regular
 * expression.
 */
const timestamp: Writer = (text) => {
  const isUsual = text[10] === ' ' && isDigit(text, 0) && isDigit(text, text.length - 1);
  if (isUsual) return `"${text.slice(0, 10)}T${text.slice(11)}${text.endsWith('+00') ? ':00' : ''}"`;
  const written = text.replace(
    /^(\d+-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?/,
    (_, date, time, zone) => `${date}T${time}${zone === undefined ? '' : '+00:00'}`,
  );
  return JSON.stringify(written);
};

/** Writers for built-in types, by oid, in the same form as `to_jsonb`. All other types are strings. */
const scalars: Readonly<Record<number, Writer>> = {
  16: boolean,
  20: number,
  21: number,
  23: number,
  26: string,
  114: json,
  700: number,
  701: number,
  1114: timestamp,
  1184: timestamp,
  1700: number,
  3802: json,
};

/** The element types of array types, by oid. */
const elements: Readonly<Record<number, number>> = {
  199: 114,
  1000: 16,
  1005: 21,
  1007: 23,
  1016: 20,
  1021: 700,
  1022: 701,
  1115: 1114,
  1185: 1184,
  1231: 1700,
  3807: 3802,
  ...Object.fromEntries(
    [1001, 1002, 1003, 1009, 1014, 1015, 1028, 1041, 1182, 1183, 1187, 1270, 2951].map((oid) => [oid, 25]),
  ),
};

/** Base types of domains, which the log identifies by name: `int4`, and `_int4` for an array. */
const named: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    Object.entries({
      ...{ bool: 1000, int2: 1005, int4: 1007, int8: 1016, float4: 1021, float8: 1022, numeric: 1231, json: 199 },
      ...{ jsonb: 3807, timestamp: 1115, timestamptz: 1185, text: 1009, varchar: 1015, date: 1182, uuid: 2951 },
    }).map(([name, oid]) => [`_${name}`, oid]),
  ),
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
};

/** Returns the writer of a column. */
function writerOf(table: WalTable, column: WalTable['columns'][number]): Writer {
  const name = nameOfType(table, column);
  const oid = name?.startsWith('pg_catalog.') ? named[name.slice('pg_catalog.'.length)] : column.typeOid;
  const element = elements[oid ?? 0];
  if (element !== undefined) return (text) => arrayJson(text, scalars[element] ?? string);
  return scalars[oid ?? 0] ?? string;
}

/** A column and its writer. */
export interface Member {
  readonly name: string;
  /** Index of the column in a row. */
  readonly index: number;
  /** The name as JSON, followed by a colon. */
  readonly label: string;
  readonly write: Writer;
}

/** Returns the columns of a table with their writers. Numbers keep every digit. */
export function membersOf(table: WalTable): readonly Member[] {
  return table.columns.map((column, index) => {
    const { name } = column;
    return { name, index, label: `${JSON.stringify(name)}:`, write: writerOf(table, column) };
  });
}

/** Writes a JSON object with the known columns of a row. */
export function rowObject(members: readonly Member[], values: readonly (Value | undefined)[]): string {
  let text = '';
  for (const { index, label, write } of members) {
    const value = values[index];
    if (value === undefined || typeof value === 'symbol') continue;
    text += `${text === '' ? '' : ','}${label}${value === null ? 'null' : write(value)}`;
  }
  return `{${text}}`;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 48 && code <= 57;
}

/**
 * Converts an array to JSON, nested by its dimensions.
 *
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
function arrayJson(text: string, write: Writer): string {
  // Lower bounds other than 1 precede the array.
  let at = text.indexOf('=') >= 0 && text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  let result = '';
  while (at < text.length) {
    const character = text[at] as string;
    if (character === '{' || character === '}') {
      result += character === '{' ? '[' : ']';
      at += 1;
    } else if (character === ',') {
      result += ',';
      at += 1;
    } else if (character === '"') {
      const end = endOfQuoted(text, at);
      result += write(text.slice(at + 1, end).replace(/\\(.)/gs, '$1'));
      at = end + 1;
    } else {
      const end = endOfPlain(text, at);
      const element = text.slice(at, end);
      result += element === 'NULL' ? 'null' : write(element);
      at = end;
    }
  }
  return result;
}

function endOfQuoted(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function endOfPlain(text: string, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== ',' && text[at] !== '}') at += 1;
  return at;
}
