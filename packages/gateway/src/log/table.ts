import type { Connection } from '@pgwamp/core/internal/postgres';

/** A table, as read from the catalog. */
export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Its qualified name as SQL. */
  readonly sql: string;
  /** The replica identity, which identifies old rows in the log. */
  readonly identity: 'default' | 'nothing' | 'full' | 'index';
  /** The columns of the replica identity; empty if it is `full`. */
  readonly identityColumns: readonly string[];
  readonly primaryKey: readonly string[];
  /** Generated columns that are missing in the log: before PostgreSQL 18 all of them. */
  readonly generated: readonly string[];
  /** The version of the server, such as 180004. */
  readonly version: number;
  /**
   * Identifies its place in the publication; null if the publication does not contain it. It changes if the publication
   * or the place is made anew, since changes in between are not in the log.
   */
  readonly published: string | null;
  /** The changes that the publication omits, and the remedy; null if it omits none. */
  readonly omitted: string | null;
  /** Whether it is an ordinary or a partitioned table. */
  readonly isTable: boolean;
}

/** The name of a table, as the catalog spells it. */
interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** A look-up of a table and its publication. */
export interface TableQuery {
  readonly publication: string;
  /** Its oid or its name. */
  readonly table: number | TableName;
}

/** Reads a table; undefined if it does not exist. */
export async function readTable(
  connection: Connection,
  { publication, table }: TableQuery,
): Promise<Table | undefined> {
  // to_regclass would need USAGE on the schema.
  const [condition, values] =
    typeof table === 'number'
      ? ['class.oid = $2::oid', [table]]
      : ['nspname = $2 AND relname = $3', [table.schema, table.table]];
  const [row] = await connection.query<Table>(`${statement} WHERE ${condition}`, [publication, ...values]);
  return row;
}

/** `ORDER BY attnum` for identities, since the log contains their columns in that order. An oid fits into a float8. */
const statement = `
  SELECT class.oid::int8::float8 AS oid, namespace.nspname AS schema, class.relname AS name, class.relkind IN ('r', 'p') AS "isTable",
    format('%I.%I', namespace.nspname, class.relname) AS sql,
    CASE class.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END AS identity,
    ARRAY(SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = class.oid AND attnum = ANY (indkey)
      WHERE indrelid = class.oid AND CASE class.relreplident WHEN 'd' THEN indisprimary WHEN 'i' THEN indisreplident ELSE false END
      ORDER BY attnum) AS "identityColumns",
    ARRAY(SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = class.oid AND attnum = ANY (indkey)
      WHERE indrelid = class.oid AND indisprimary ORDER BY attnum) AS "primaryKey",
    ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated <> ''
      AND NOT (attgenerated = 's' AND EXISTS (SELECT FROM pg_publication WHERE pubname = $1 AND to_jsonb(pg_publication)->>'pubgencols' = 's'))
      ORDER BY attnum) AS generated,
    current_setting('server_version_num')::int AS version,
    published.place AS published, published.omitted
  FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = relnamespace
  LEFT JOIN LATERAL (
    SELECT format('%s %s %s', publication.oid, publication.xmin, member.oid) AS place,
      CASE WHEN NOT (pubinsert AND pubupdate AND pubdelete AND pubtruncate)
        THEN format('operations; run: ALTER PUBLICATION %I SET (publish = ''insert, update, delete, truncate'')', pubname)
        WHEN to_jsonb(listed)->>'rowfilter' IS NOT NULL THEN 'rows; add the table without WHERE' END AS omitted
    FROM pg_publication AS publication JOIN pg_publication_tables AS listed USING (pubname)
    LEFT JOIN pg_publication_rel AS member ON prpubid = publication.oid AND prrelid = class.oid
    WHERE pubname = $1 AND schemaname = nspname AND tablename = relname
  ) AS published ON true`;
