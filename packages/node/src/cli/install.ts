import type { Command } from 'commander';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';

/** `pgwamp install`: installs the schema, without a component. */
export function install(program: Command): void {
  const command = withDatabaseOptions(program.command('install'))
    .summary('install the schema into a database')
    .description(
      'Installs what a component installs when it starts, so that migrations of an application find crossbar.publish in an ' +
        'empty database. Connects as the role that owns schema crossbar; setup.sql comes first.',
    )
    .option('--json', 'print JSON')
    .action(run);
  withExamples(command, 'pgwamp install', 'pgwamp install --database postgres://crossbar:secret@127.0.0.1/mydb');
}

interface InstallFlags extends DatabaseFlags {
  readonly json?: boolean;
}

async function run(flags: InstallFlags): Promise<void> {
  const { findDatabase } = await import('./find-database.ts');
  const {
    chooseDelivery,
    Connection,
    deliveryInForce,
    install: installInto,
  } = await import('@pgwamp/core/internal/postgres');
  const database = await findDatabase(flags);
  await using connection = await Connection.open(database, 'pgwamp install');
  const { delivery } = await chooseDelivery(connection, 'auto');
  const inForce = async () => (await deliveryInForce(connection)) ?? delivery;
  const report = await installInto(connection, { delivery: inForce });
  if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else process.stdout.write(text(report));
}

function text(report: { readonly migrations: readonly string[]; readonly functions: readonly string[] }): string {
  const { migrations, functions } = report;
  if (migrations.length + functions.length === 0) return 'everything is installed already\n';
  return `installed ${migrations.length} migrations and ${functions.length} functions\n`;
}
