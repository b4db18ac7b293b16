import type { Command } from 'commander';
import { firstDelivery, installEvents, install as installSchema } from '../install.ts';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';

/** `pgwamp install`: installs the schema, without a component. */
export function install(program: Command): void {
  const command = withDatabaseOptions(program.command('install'))
    .summary('install the schema into a database')
    .description(
      'Installs the schema that components install at their start, so that migrations of an application find crossbar.publish in an ' +
        'empty database. Connects as the role that owns schema crossbar; setup.sql comes first.',
    )
    .option('--events', 'install the schemas events and rabbitmq of pg-event-proxy as well, for the Proxy')
    .option('--print', 'print the SQL, for psql or a migration tool, and do nothing')
    .option('--json', 'print JSON')
    .action(run);
  withExamples(
    command,
    'pgwamp install',
    'pgwamp install --events',
    'pgwamp install --print > crossbar.sql',
    'pgwamp install --database postgres://crossbar:secret@127.0.0.1/mydb',
  );
}

interface InstallFlags extends DatabaseFlags {
  readonly events?: boolean;
  readonly json?: boolean;
  readonly print?: boolean;
}

async function run(flags: InstallFlags): Promise<void> {
  const postgres = await import('@pgwamp/core/internal/postgres');
  if (flags.print) {
    process.stdout.write(postgres.bundleSql(await postgres.readSqlFiles(firstDelivery)));
    if (flags.events) process.stdout.write(await postgres.eventsSql());
    return;
  }
  const { findDatabase } = await import('./find-database.ts');
  const found = await findDatabase(flags);
  const report = await installSchema(found);
  if (flags.events) await installEvents(found);
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (postgres.summaryOf(report) === undefined) process.stdout.write('everything is already installed\n');
  else process.stdout.write(`${postgres.summaryOf(report)}\n`);
}
