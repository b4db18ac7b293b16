import { createHash } from 'node:crypto';
import type { PgType } from './pg-type.ts';

/**
 * The text in PostgreSQL's error message when a guard is false: the guard casts this text to `boolean`, which fails.
 */
export const changedMarker = 'crossbar: the function is not what it was';

/**
 * The properties of a function that its calls depend on and that may change without a new oid. Arrays are in text
 * format.
 */
export interface RoutineStamp {
  /** Quoted if necessary. */
  readonly schema: string;
  readonly name: string;
  readonly modes: string | null;
  readonly names: string | null;
  readonly defaults: number;
}

/**
 * An SQL expression that returns the {@link RoutineStamp} of a row of `pg_proc` as JSON. It does not include the types of
 * parameters and result, because a function with other types has another oid. A new body, and new values of defaults, do
 * not change it.
 */
export const routineStamp = `json_build_object('schema', (SELECT quote_ident(nspname) FROM pg_namespace WHERE oid = pronamespace), 'name', proname,
  'modes', proargmodes::text, 'names', proargnames::text, 'defaults', pronargdefaults)`;

/**
 * Returns an SQL condition that is true while the function, and the columns of its row types, are unchanged since they
 * were read. Otherwise it fails with an error whose message contains `changedMarker`. The condition is part of the
 * statement that calls the function. So PostgreSQL either calls the function that was read, or calls nothing.
 *
 * Operators and functions are qualified, because the `search_path` of the role that runs the function applies. Each
 * column is compared separately, because comparing one text of all columns takes PostgreSQL 10 µs longer.
 *
 * @param stamp the stamp of the function when it was read.
 * @param types the types of its parameters and its result.
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
  // A row type may have no columns.
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
