import format from 'pg-format';
import type { Migration, SqlFile } from './sql-files.ts';

/**
 * What the files assume, whatever is set for a database or a role. With another `search_path`, whoever may create functions and operators in a schema
 * of it could have them run by the installer.
 */
export const installerSettings = `SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off;
SET LOCAL check_function_bodies = off;`;

/** Makes the tables in which the installer writes down what it has applied. */
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

/** Writes down that a migration was applied. */
export function recordMigration(schema: string, { version, name, checksum }: Migration): string {
  return format(
    'INSERT INTO %I._migration (version, name, checksum) VALUES (%L, %L, %L);',
    schema,
    version,
    name,
    checksum,
  );
}

/** Writes down that files of functions were applied. */
export function recordFunctions(schema: string, files: readonly SqlFile[]): string {
  const values = files.map(({ name, checksum }) => format('(%L, %L)', name, checksum));
  return format('INSERT INTO %I._function_file (name, checksum) VALUES\n  %s;', schema, values.join(',\n  '));
}
