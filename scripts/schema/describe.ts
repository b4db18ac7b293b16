/** Runs a query, like a client of `pg`. */
interface Client {
  query(text: string): Promise<{ rows: { line: string }[] }>;
}

const namespace = `'crossbar'::regnamespace`;

/**
 * The objects in the schema `crossbar`, from the catalog: tables, views, types and functions with their privileges.
 * Without the bodies of functions and views, which PostgreSQL formats differently in each version.
 */
export async function describeSchema(client: Client): Promise<string> {
  await client.query('BEGIN; SET LOCAL search_path = pg_catalog');
  const lines: string[] = [];
  for (const query of [relations, functions]) {
    const { rows } = await client.query(query);
    lines.push(...rows.map(({ line }) => line));
  }
  await client.query('COMMIT');
  return `${lines.join('\n')}\n`;
}

const privileges = (column: string, kind: string, owner: string) =>
  `coalesce((SELECT string_agg(format(' %s:%s', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END, privilege_type), ''
      ORDER BY grantee, privilege_type)
    FROM aclexplode(coalesce(${column}, acldefault('${kind}', ${owner}))) WHERE grantee <> ${owner}), '')`;

const comment = (id: string, catalogue: string, column = '0') =>
  `coalesce(E'  -- ' || (SELECT description FROM pg_description
    WHERE objoid = ${id} AND classoid = '${catalogue}'::regclass AND objsubid = ${column}), '')`;

/** Tables and views with columns, constraints and indexes. */
const relations = `
  SELECT line FROM (
    SELECT relname, 0 AS part, 0 AS place, E'\\n' || CASE relkind WHEN 'v' THEN 'view ' WHEN 'c' THEN 'type ' ELSE
      CASE relpersistence WHEN 'u' THEN 'unlogged ' ELSE '' END || 'table ' END || relname
      || coalesce(' (' || array_to_string(reloptions, ', ') || ')', '')
      || CASE relkind WHEN 'c' THEN '' ELSE ${privileges('relacl', 'r', 'relowner')} END
      || CASE relkind WHEN 'c' THEN ${comment('reltype', 'pg_type')} ELSE ${comment('pg_class.oid', 'pg_class')} END AS line
    FROM pg_class WHERE relnamespace = ${namespace} AND relkind IN ('r', 'v', 'c')
    UNION ALL
    SELECT relname, 1, attnum, '  ' || attname || ' ' || format_type(atttypid, atttypmod)
      || CASE WHEN attnotnull THEN ' not null' ELSE '' END
      || CASE attidentity WHEN 'a' THEN ' generated always as identity' ELSE '' END
      || coalesce(' default ' || pg_get_expr(adbin, adrelid), '') || ${comment('attrelid', 'pg_class', 'attnum')}
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = ${namespace} AND relkind IN ('r', 'v', 'c') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT relname, 2, row_number() OVER (PARTITION BY relname ORDER BY conname), format('  constraint %s %s', conname, pg_get_constraintdef(pg_constraint.oid))
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE relnamespace = ${namespace} AND contype <> 'n'
    UNION ALL
    SELECT tables.relname, 3, row_number() OVER (PARTITION BY tables.relname ORDER BY indexes.relname), '  ' || regexp_replace(pg_get_indexdef(indexrelid), '\\s+', ' ', 'g')
    FROM pg_index JOIN pg_class AS indexes ON indexes.oid = indexrelid JOIN pg_class AS tables ON tables.oid = indrelid
    WHERE tables.relnamespace = ${namespace} AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
  ) AS part ORDER BY relname COLLATE "C", part, place`;

const functions = `
  SELECT E'\\nfunction ' || proname || '(' || pg_get_function_arguments(pg_proc.oid) || ') returns ' || pg_get_function_result(pg_proc.oid)
    || E'\\n  language ' || lanname || CASE provolatile WHEN 'i' THEN ' immutable' WHEN 's' THEN ' stable' ELSE ' volatile' END
    || CASE proparallel WHEN 's' THEN ' parallel safe' WHEN 'r' THEN ' parallel restricted' ELSE ' parallel unsafe' END
    || CASE WHEN prosecdef THEN ' security definer' ELSE '' END
    || coalesce(' set ' || array_to_string(proconfig, ' set '), '')
    || ${privileges('proacl', 'f', 'proowner')} || coalesce(E'\\n  -- ' || replace(obj_description(pg_proc.oid, 'pg_proc'), E'\\n', E'\\n  -- '), '') AS line
  FROM pg_proc JOIN pg_language ON pg_language.oid = prolang WHERE pronamespace = ${namespace}
  ORDER BY proname COLLATE "C", pg_proc.oid::regprocedure::text COLLATE "C"`;
