import type { Command } from 'commander';
import type { StatusAnswer } from '../admin/admin-client.ts';
import { adminOption } from './admin-option.ts';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';

// Imported on demand, outside of functions with `await using`: inside, TypeScript does not rewrite the extension of an
// import.
const loadOpenOverview = () => import('./open-overview.ts');
const loadOverview = () => import('../overview/overview.ts');
const loadAdminClient = () => import('../admin/admin-client.ts');

/** `pgwamp status`: prints the state of a running node, or of all components of a database. */
export function status(program: Command): void {
  const command = withDatabaseOptions(program.command('status'))
    .summary('print the state of a running node or a database')
    .description(
      'Asks the admin endpoint of a running node for the state of its workers and components; with --database, or where no ' +
        'endpoint is configured, the database, which knows the components of all nodes. Exits with 1 if something does not ' +
        'work, and with 3 without an answer.',
    )
    .addOption(adminOption())
    .option('--json', 'print JSON')
    .action(run);
  withExamples(
    command,
    'pgwamp status',
    'pgwamp status --admin http://127.0.0.1:9100 --json',
    'pgwamp status --database postgres://crossbar:secret@127.0.0.1/mydb',
  );
}

interface StatusFlags extends DatabaseFlags {
  readonly admin?: string;
  readonly json?: boolean;
}

async function run(flags: StatusFlags): Promise<void> {
  const { configuredAdmin, openOverview } = await loadOpenOverview();
  const address = flags.admin ?? (flags.database === undefined ? await configuredAdmin(flags) : undefined);
  if (address !== undefined) return printNode(address, flags.json);
  await using source = await openOverview(flags);
  const overview = await source.look();
  const { overviewTable } = await loadOverview();
  process.stdout.write(
    flags.json ? `${JSON.stringify(overview)}\n` : `${overview.source}\n${overviewTable(overview.rows)}`,
  );
  process.exitCode = overview.rows.every(({ isFine }) => isFine) ? 0 : 1;
}

async function printNode(address: string, asJson: boolean | undefined): Promise<void> {
  const { fetchAdmin, statusTable } = await loadAdminClient();
  const answer = await fetchAdmin<StatusAnswer>(address, '/status');
  process.stdout.write(asJson ? `${JSON.stringify(answer)}\n` : statusTable(answer));
  process.exitCode = answer.ready ? 0 : 1;
}
