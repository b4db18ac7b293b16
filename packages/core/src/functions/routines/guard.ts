import { createHash } from 'node:crypto';
import { quotedLiteral } from '../../postgres/index.ts';
import type { PgType } from './pg-type.ts';
import type { Routine } from './routine.ts';

/**
 * The text in PostgreSQL's error message when a guard is false: the guard casts this text to `boolean`, which fails.
 */
export const changedMarker = 'crossbar: the function is not what it was';

/** The parts of PostgreSQL's error that show whether a guard has failed. */
interface GuardError {
  readonly code?: string | undefined;
  readonly message: string;
  readonly where?: string | undefined;
}

/** Whether an error is that of a guard, and not of a function. Errors inside functions have a context. */
export function isChangedError({ code, message, where }: GuardError): boolean {
  return code === '22P02' && where === undefined && message.includes(changedMarker);
}

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
 * PostgreSQL evaluates the part about the function when it plans the statement: see `crossbar._is_unchanged`. It plans
 * again after each change of a function that the statement calls. The statement before a CALL does not call the
 * procedure, so there the oid comes from a subquery, for which PostgreSQL does not know the value when it plans.
 *
 * Operators and functions are qualified, because the `search_path` of the role that runs the function applies.
 *
 * @param stamp the stamp of the function when it was read.
 * @param types the types of its parameters and its result.
 */
export function guardOf(oid: number, kind: Routine['kind'], stamp: RoutineStamp, types: readonly PgType[]): string {
  const rows = new Map<number, string>();
  for (const type of types) addRows(type, rows);
  const routine = kind === 'function' ? `'${oid}'::pg_catalog.oid` : `(SELECT '${oid}'::pg_catalog.oid)`;
  const { schema, name, modes, names, defaults } = stamp;
  const same = [
    `crossbar._is_unchanged(${routine}, ${quoted(schema)}, ${quoted(name)}, ${quoted(modes)}, ${quoted(names)}, ${defaults})`,
  ];
  if (rows.size > 0) {
    const relations = [...rows.keys()].sort((a, b) => a - b);
    const columns = relations.map((relation) => rows.get(relation)).join('');
    same.push(`${columnsStamp(relations)} OPERATOR(pg_catalog.=) '${createHash('md5').update(columns).digest('hex')}'`);
  }
  return `(CASE WHEN ${same.join(' AND ')} THEN 'true' ELSE '${changedMarker}' END)::pg_catalog.bool`;
}

function quoted(text: string | null): string {
  return text === null ? 'NULL' : quotedLiteral(text);
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
