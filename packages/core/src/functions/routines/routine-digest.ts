import type { Connection } from '../../postgres/index.ts';

/**
 * A text that differs whenever something about these functions or their types does. It is far cheaper to ask for than the functions
 * themselves, so that it can be asked for every second. What it says is no older than what is read after it.
 *
 * @param oids the functions; one that is gone makes a difference, too.
 */
export async function readRoutineDigest(connection: Connection, oids: readonly number[]): Promise<string> {
  const [row] = await connection.query<{ digest: string }>(statement, [oids]);
  return row?.digest ?? '';
}

// xmin is another one in every version of a row. Names have their schemas where the search_path does not find them, so that renaming a
// schema makes a difference.
const statement = `
  WITH RECURSIVE routine AS (
    SELECT oid, xmin, oid::regprocedure::text AS signature, coalesce(proallargtypes, proargtypes::oid[]) || prorettype AS types
    FROM pg_catalog.pg_proc WHERE oid = ANY ($1)
  ), used (oid) AS (
    SELECT unnest(types) FROM routine
    UNION
    SELECT part.oid FROM used JOIN pg_catalog.pg_type AS type ON type.oid = used.oid CROSS JOIN LATERAL (
      SELECT typelem UNION ALL SELECT typbasetype
      UNION ALL SELECT atttypid FROM pg_catalog.pg_attribute WHERE typtype = 'c' AND attrelid = typrelid AND attnum > 0
    ) AS part (oid) WHERE part.oid <> 0
  )
  SELECT concat(
    (SELECT md5(string_agg(concat_ws(' ', oid, xmin, signature), ',' ORDER BY oid)) FROM routine),
    (SELECT md5(string_agg(concat_ws(' ', type.oid, type.xmin, type.oid::regtype, column_of.xmin), ','
       ORDER BY type.oid, column_of.attnum))
     FROM used JOIN pg_catalog.pg_type AS type ON type.oid = used.oid
       LEFT JOIN pg_catalog.pg_attribute AS column_of
         ON type.typtype = 'c' AND column_of.attrelid = type.typrelid AND column_of.attnum > 0)
  ) AS digest`;
