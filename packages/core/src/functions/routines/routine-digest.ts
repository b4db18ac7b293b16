import type { Connection } from '../../postgres/index.ts';

/**
 * Returns a text that changes whenever these functions or their types change. It is far cheaper to read than the
 * functions themselves, so it can be read every second. It is at most as new as anything read after it.
 *
 * @param oids the functions. A dropped one also changes the text.
 */
export async function readRoutineDigest(connection: Connection, oids: readonly number[]): Promise<string> {
  const [row] = await connection.query<{ digest: string }>(statement, [oids]);
  return row?.digest ?? '';
}

// Every version of a row has another xmin. Names are qualified if the search_path does not contain their schema, so
// renaming a schema also changes the text.
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
