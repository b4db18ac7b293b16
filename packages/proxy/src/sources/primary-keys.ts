import type { Connection } from '@pgwamp/core/internal/postgres';

/** The primary keys of tables with REPLICA IDENTITY FULL, for which the log contains only whole rows. */
export interface PrimaryKeys {
  /** The columns of the key; undefined if the table has none, or was created after the keys were read. */
  of(table: number): readonly string[] | undefined;
}

/** Reads the present keys. */
export async function readPrimaryKeys(connection: Connection): Promise<PrimaryKeys> {
  const rows = await connection.query<{ oid: number; columns: string[] }>(
    `SELECT indrelid::int8::int AS oid, array_agg(attname::text) AS columns
     FROM pg_class JOIN pg_index ON indrelid = pg_class.oid AND indisprimary
       JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
     WHERE relreplident = 'f' GROUP BY indrelid`,
  );
  const keys = new Map(rows.map(({ oid, columns }) => [oid, columns]));
  return { of: (table) => keys.get(table) };
}
