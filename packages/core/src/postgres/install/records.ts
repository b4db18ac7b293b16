import format from 'pg-format';
import type { Migration, SqlFile } from './sql-files.ts';

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
