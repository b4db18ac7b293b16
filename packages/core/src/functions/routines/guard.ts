import { createHash } from 'node:crypto';
import type { PgType } from './pg-type.ts';

/** What PostgreSQL says of a value that is none of `boolean`, wherever a guard is false. */
export const changedMarker = 'crossbar: the function is not what it was';

/**
 * An expression in SQL whose value changes whenever another function could be meant by the same name and the same arguments: the name, its
 * schema, and the parameters. A new body, and new values of defaults, change nothing.
 *
 * Operators and functions are qualified, because it is evaluated under the `search_path` of the role that runs the function.
 *
 * @param oid an expression.
 */
export function routineStamp(oid: string): string {
  return `(SELECT pg_catalog.md5(pg_catalog.concat_ws(' ', schema.nspname, proname, prokind, prorettype, proretset, proargtypes, proallargtypes,
    proargmodes, proargnames, pronargdefaults, provariadic))
    FROM pg_catalog.pg_proc, pg_catalog.pg_namespace AS schema
    WHERE pg_proc.oid OPERATOR(pg_catalog.=) ${oid} AND schema.oid OPERATOR(pg_catalog.=) pronamespace)`;
}

/**
 * A condition in SQL that is true as long as a function and the columns of the rows that it takes and gives are what they were when they
 * were read; else it fails with an error that has `changedMarker` in its message. It belongs to the statement that calls the function: what
 * PostgreSQL has parsed is then what was read, or nothing is called.
 *
 * @param stamp what `routineStamp` was when the function was read.
 * @param types those of its parameters and its result.
 */
export function guardOf(oid: number, stamp: string, types: readonly PgType[]): string {
  const rows = new Map<number, string>();
  for (const type of types) addRows(type, rows);
  const same = [`${routineStamp(`'${oid}'::pg_catalog.oid`)} OPERATOR(pg_catalog.=) '${stamp}'`];
  if (rows.size > 0) {
    const relations = [...rows.keys()].sort((a, b) => a - b);
    const columns = relations.map((relation) => rows.get(relation)).join('');
    same.push(`${columnsStamp(relations)} OPERATOR(pg_catalog.=) '${createHash('md5').update(columns).digest('hex')}'`);
  }
  return `(CASE WHEN ${same.join(' AND ')} THEN 'true' ELSE '${changedMarker}' END)::pg_catalog.bool`;
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
