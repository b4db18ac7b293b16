import { createHash } from 'node:crypto';
import type { PgType } from './pg-type.ts';

/** What PostgreSQL says of a value that is none of `boolean`, wherever a guard is false. */
export const changedMarker = 'crossbar: the function is not what it was';

/** The properties of a function that may change while its oid stays, and that its calls depend on; arrays in text format. */
export interface RoutineStamp {
  /** Quoted where SQL needs that. */
  readonly schema: string;
  readonly name: string;
  readonly modes: string | null;
  readonly names: string | null;
  readonly defaults: number;
}

/**
 * An expression in SQL that gives the {@link RoutineStamp} of a row of `pg_proc` as JSON. The types of parameters and result are no part of
 * it, since only another function has others; a new body, and new values of defaults, change nothing.
 */
export const routineStamp = `json_build_object('schema', (SELECT quote_ident(nspname) FROM pg_namespace WHERE oid = pronamespace), 'name', proname,
  'modes', proargmodes::text, 'names', proargnames::text, 'defaults', pronargdefaults)`;

/**
 * A condition in SQL that is true as long as a function and the columns of the rows that it takes and gives are what they were when they
 * were read; else it fails with an error that has `changedMarker` in its message. It belongs to the statement that calls the function: what
 * PostgreSQL has parsed is then what was read, or nothing is called.
 *
 * Operators and functions are qualified, because it is evaluated under the `search_path` of the role that runs the function. Each column is
 * compared by itself, because one text of all of them takes PostgreSQL 10 µs more.
 *
 * @param stamp the stamp of the function when it was read.
 * @param types those of its parameters and its result.
 */
export function guardOf(oid: number, stamp: RoutineStamp, types: readonly PgType[]): string {
  const rows = new Map<number, string>();
  for (const type of types) addRows(type, rows);
  const same = [isRoutine(oid, stamp)];
  if (rows.size > 0) {
    const relations = [...rows.keys()].sort((a, b) => a - b);
    const columns = relations.map((relation) => rows.get(relation)).join('');
    same.push(`${columnsStamp(relations)} OPERATOR(pg_catalog.=) '${createHash('md5').update(columns).digest('hex')}'`);
  }
  return `(CASE WHEN ${same.join(' AND ')} THEN 'true' ELSE '${changedMarker}' END)::pg_catalog.bool`;
}

/** NULL if the function is gone. */
function isRoutine(oid: number, { schema, name, modes, names, defaults }: RoutineStamp): string {
  const conditions = [
    is('proname', name, 'name'),
    `pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(${quoted(schema)})`,
    is('proargmodes', modes, '"char"[]'),
    is('proargnames', names, 'text[]'),
    is('pronargdefaults', String(defaults), 'int2'),
  ];
  return `(SELECT ${conditions.join(' AND ')} FROM pg_catalog.pg_proc WHERE ${is('oid', String(oid), 'oid')})`;
}

function is(column: string, value: string | null, type: string): string {
  if (value === null) return `${column} IS NULL`;
  return `${column} OPERATOR(pg_catalog.=) ${quoted(value)}::pg_catalog.${type}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function columnsStamp(relations: readonly number[]): string {
  // A row may have no columns.
  return `pg_catalog.md5((SELECT coalesce(pg_catalog.string_agg(pg_catalog.concat(attrelid, ' ', attname, ' ', atttypid, ','), '' ORDER BY attrelid, attnum), '')
    FROM pg_catalog.pg_attribute WHERE attrelid OPERATOR(pg_catalog.=) ANY ('{${relations.join()}}'::pg_catalog.oid[])
      AND attnum OPERATOR(pg_catalog.>) 0 AND NOT attisdropped))`;
}

function addRows(type: PgType, rows: Map<number, string>): void {
  if (type.kind === 'array') addRows(type.element, rows);
  if (type.kind !== 'composite') return;
  const { relation, attributes } = type;
  if (relation !== 0)
    rows.set(relation, attributes.map(({ name, type: { oid } }) => `${relation} ${name} ${oid},`).join(''));
  for (const attribute of attributes) addRows(attribute.type, rows);
}
