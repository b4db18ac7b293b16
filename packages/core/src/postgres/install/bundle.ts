import { commentOn } from './installer.ts';
import { bookkeepingTables, installerSettings, recordFunctions, recordMigration } from './records.ts';
import type { SqlFiles } from './sql-files.ts';

const quote = '$pgwamp$';

/**
 * Creates one SQL file with the schema `crossbar`, for psql and for migration tools. The installer of a component
 * accepts the result.
 *
 * The file is one DO statement. Every tool runs it completely or not at all, in its own transaction or in the tool's.
 * It leaves no settings behind.
 */
export function bundleSql({ migrations, functions }: SqlFiles): string {
  return [
    header,
    bookkeepingTables('crossbar'),
    ...migrations.map(
      (migration) => `-- ${migration.name}\n\n${migration.text}\n${recordMigration('crossbar', migration)}\n`,
    ),
    ...functions.map(({ name, text }) => `-- functions/${name}\n\n${text}`),
    recordFunctions('crossbar', functions),
    footer,
  ].join('\n');
}

const header = `-- The schema of pgwamp in one file, made from sql/migrations and sql/functions. Run setup.sql before it.
-- Run this file as role crossbar, or as a superuser. A component that starts later accepts what it finds, and upgrades it.
-- A publication goes to the realms of the Publishers that have run with this database: before the first one it goes to none.
DO ${quote}
DECLARE
  former CONSTANT pg_catalog.jsonb := pg_catalog.jsonb_object_agg(name, pg_catalog.current_setting(name)) FROM pg_catalog.unnest(
    ARRAY['role', 'search_path', 'standard_conforming_strings', 'quote_all_identifiers', 'check_function_bodies']) AS name;
BEGIN
${installerSettings}
SET LOCAL ROLE crossbar;
${commentOn('crossbar')};
IF to_regclass('crossbar._migration') IS NOT NULL THEN
  RAISE EXCEPTION 'pgwamp is installed in this database already'
    USING ERRCODE = 'duplicate_table', HINT = 'Components upgrade it when they start. This file is for databases without it.';
END IF;
`;

const footer = `
PERFORM set_config(key, value, true) FROM jsonb_each_text(former);
END
${quote};
`;
