import { quotedIdentifier, type Statement } from '@pgwamp/core/internal/postgres';
import * as z from 'zod';

const policy = z.object({
  condition: z.string(),
  isPermissive: z.boolean(),
  columns: z.array(z.string()),
  /** Whether it refers to the whole row or to system columns. */
  isWhole: z.boolean(),
});

const rowPlan = z.object({
  schemaUsage: z.boolean(),
  /** All columns, in the order of the row type. */
  columns: z.array(z.string()),
  readable: z.array(z.string()),
  isSecured: z.boolean(),
  policies: z.array(policy),
});

/** The privileges and policies that decide which rows and columns of a table a role may SELECT. */
export type RowPlan = z.output<typeof rowPlan>;

/**
 * Reads the plan for the current role: the policies for SELECT and ALL that apply to it, as PostgreSQL chooses them,
 * and the columns that each depends on, according to the catalog.
 *
 * @see https://www.postgresql.org/docs/current/ddl-rowsecurity.html
 */
export function planStatement(oid: number): Statement {
  return { text: planText, values: [String(oid)] };
}

const planText = `
  SELECT pg_catalog.json_build_object(
    'schemaUsage', pg_catalog.has_schema_privilege(relnamespace, 'USAGE'),
    'columns', (SELECT pg_catalog.json_agg(attname ORDER BY attnum) FROM pg_catalog.pg_attribute
      WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped),
    'readable', ARRAY(SELECT attname::pg_catalog.text FROM pg_catalog.pg_attribute WHERE attrelid = class.oid AND attnum > 0
      AND NOT attisdropped AND pg_catalog.has_column_privilege(class.oid, attnum, 'SELECT') ORDER BY attnum),
    'isSecured', pg_catalog.row_security_active(class.oid),
    'policies', ARRAY(
      SELECT pg_catalog.json_build_object(
        'condition', pg_catalog.pg_get_expr(polqual, polrelid),
        'isPermissive', polpermissive,
        'columns', ARRAY(SELECT attname::pg_catalog.text FROM pg_catalog.pg_depend JOIN pg_catalog.pg_attribute
          ON attrelid = refobjid AND attnum = refobjsubid WHERE classid = 'pg_catalog.pg_policy'::pg_catalog.regclass
          AND objid = policy.oid AND refobjid = polrelid AND refobjsubid > 0),
        'isWhole', polqual::pg_catalog.text ~ ':varattno (0|-)')
      FROM pg_catalog.pg_policy AS policy
      WHERE polrelid = class.oid AND polcmd IN ('r', '*') AND polqual IS NOT NULL AND (0::pg_catalog.oid = ANY (polroles)
        OR EXISTS (SELECT FROM pg_catalog.unnest(polroles) AS role WHERE role <> 0 AND pg_catalog.pg_has_role(role, 'USAGE')))
      ORDER BY polname)
  )::pg_catalog.text
  FROM pg_catalog.pg_class AS class WHERE class.oid = $1::pg_catalog.oid`;

/** Parses the row of {@link planStatement}; undefined if the table does not exist. */
export function parsePlan(text: string | null | undefined): RowPlan | undefined {
  return text == null ? undefined : rowPlan.parse(JSON.parse(text));
}

/** The columns of a row that the policies need. */
export function columnsOfPolicies({ columns, policies }: RowPlan): readonly string[] {
  return policies.some(({ isWhole }) => isWhole) ? columns : policies.flatMap((each) => each.columns);
}

/**
 * Evaluates for each row whether the policies let the role see it. The rows are passed as values of the table's type,
 * and need not be in the table any more.
 *
 * @param table its name as SQL, and the bare name that policies use.
 * @param literals rows as text of their type.
 */
export function visibilityStatement(
  { policies }: RowPlan,
  table: { readonly sql: string; readonly name: string },
  literals: readonly string[],
): Statement {
  const permissive = policies.filter(({ isPermissive }) => isPermissive).map(({ condition }) => `(${condition})`);
  const restrictive = policies.filter(({ isPermissive }) => !isPermissive).map(({ condition }) => `(${condition})`);
  const any = permissive.length > 0 ? permissive.join(' OR ') : 'false';
  const condition = [`(${any})`, ...restrictive].join(' AND ');
  const alias = quotedIdentifier(table.name);
  return {
    text: `SELECT (${condition}) IS TRUE FROM pg_catalog.unnest($1::pg_catalog.text[]::${table.sql}[]) AS ${alias}`,
    values: [arrayLiteral(literals)],
  };
}

/**
 * Texts that need no quotes in a composite value. Most texts are such, and then the row needs no escapes as an array
 * element.
 */
const plain = /^[^\s"\\(),]+$/;

/** A composite value as text; NULL for columns without a value. */
export function rowLiteral(values: readonly (string | null)[]): string {
  let text = '';
  for (const value of values) text += `,${value === null ? '' : plain.test(value) ? value : quoted(value)}`;
  return `(${text.slice(1)})`;
}

function arrayLiteral(texts: readonly string[]): string {
  return `{${texts.map(quoted).join(',')}}`;
}

const special = /["\\]/;

function quoted(text: string): string {
  return special.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
