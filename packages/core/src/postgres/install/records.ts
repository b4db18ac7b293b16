import format from 'pg-format';
import type { Migration, SqlFile } from './sql-files.ts';

/**
 * The settings that the files require, regardless of the settings of the database or the role. With another
 * `search_path`, any role that may create functions and operators in one of its schemas could make the installer run
 * them.
 */
export const installerSettings = `SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off;
SET LOCAL check_function_bodies = off;`;

/** Returns the SQL that creates the tables of applied migrations and function files. */
export function bookkeepingTables(schema: string): string {
  return format(
    `CREATE TABLE %1$I._migration (
  version integer PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE %1$I._function_file (
  name text PRIMARY KEY,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);`,
    schema,
  );
}

/** Returns the SQL that records an applied migration. */
export function recordMigration(schema: string, { version, name, checksum }: Migration): string {
  return format(
    'INSERT INTO %I._migration (version, name, checksum) VALUES (%L, %L, %L);',
    schema,
    version,
    name,
    checksum,
  );
}

/** Returns the SQL that records applied function files. */
export function recordFunctions(schema: string, files: readonly SqlFile[]): string {
  const values = files.map(({ name, checksum }) => format('(%L, %L)', name, checksum));
  return format('INSERT INTO %I._function_file (name, checksum) VALUES\n  %s;', schema, values.join(',\n  '));
}
