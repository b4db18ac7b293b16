import type { Command } from 'commander';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadFindDatabase = () => import('./find-database.ts');
const loadErrors = () => import('../errors.ts');

/** `pgwamp uninstall`: removes all objects of pgwamp from a database. */
export function uninstall(program: Command): void {
  const command = withDatabaseOptions(program.command('uninstall'))
    .summary('remove all objects of pgwamp from a database')
    .description(
      'Removes replication slots, publication, schema and role of pgwamp from a database, after it has listed them and ' +
        'has asked for confirmation. Requires a superuser. Stop the node first.',
    )
    .option('--yes', 'do not ask')
    .option('--print', 'print the SQL and do nothing')
    .action(run);
  withExamples(command, 'pgwamp uninstall --database postgres://postgres@127.0.0.1/mydb');
}

interface UninstallFlags extends DatabaseFlags {
  readonly yes?: boolean;
  readonly print?: boolean;
}

async function run(flags: UninstallFlags): Promise<void> {
  const { findDatabase } = await loadFindDatabase();
  const { readFile } = await import('node:fs/promises');
  const { Connection, sqlFolder } = await import('@pgwamp/core/internal/postgres');
  const sql = await readFile(`${sqlFolder}/uninstall.sql`, 'utf8');
  if (flags.print) {
    process.stdout.write(sql);
    return;
  }
  await using connection = await Connection.open(await findDatabase(flags), 'pgwamp uninstall');
  const found = await connection.query<{ object: string }>(inventory);
  if (found.length === 0) {
    process.stdout.write('this database contains no objects of pgwamp\n');
    return;
  }
  process.stdout.write(`this removes:\n${found.map(({ object }) => `  ${object}\n`).join('')}`);
  if (!flags.yes && !(await confirmed())) {
    process.stdout.write('nothing was changed\n');
    process.exitCode = 1;
    return;
  }
  await connection.query(sql, [], { timeout: Number.POSITIVE_INFINITY });
  process.stdout.write('removed\n');
}

/** The objects of pgwamp in a database. */
const inventory = `
  SELECT object FROM (
    SELECT 1 AS place, format('replication slot %s (%s, keeps %s of WAL)', slot_name,
        CASE WHEN active THEN 'in use' ELSE 'not in use' END,
        pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))) AS object
      FROM pg_replication_slots WHERE database = current_database() AND slot_name ~ '^crossbar_[0-9]+_'
    UNION ALL SELECT 2, format('publication %s', pubname) FROM pg_publication WHERE pubname = 'crossbar'
    UNION ALL SELECT 3, format('trigger %s on %s', tgname, tgrelid::regclass) FROM pg_trigger
      WHERE NOT tgisinternal AND tgfoid IN (SELECT oid FROM pg_proc WHERE pronamespace = to_regnamespace('crossbar'))
    UNION ALL SELECT 4, format('schema %s (tables and views: %s, functions: %s)', nspname,
        (SELECT count(*) FROM pg_class WHERE relnamespace = pg_namespace.oid AND relkind IN ('r', 'v', 'p')),
        (SELECT count(*) FROM pg_proc WHERE pronamespace = pg_namespace.oid))
      FROM pg_namespace WHERE nspname IN ('crossbar', 'crossbar_dblink')
    UNION ALL SELECT 5, format('role %s, unless another database of the cluster uses it', rolname) FROM pg_roles
      WHERE rolname IN ('crossbar', 'crossbar_worker')
  ) AS inventory ORDER BY place, object`;

async function confirmed(): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const { CommandError } = await loadErrors();
  if (!process.stdin.isTTY)
    throw new CommandError('uninstall asks for confirmation, but standard input is not a terminal: use --yes');
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await dialogue.question('Remove all of this? (yes/no) ');
  dialogue.close();
  return /^y(es)?$/i.test(answer.trim());
}
