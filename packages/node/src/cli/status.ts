import type { Command } from 'commander';
import type { StatusAnswer } from '../admin/admin-client.ts';
import { withExamples } from './example.ts';
import { type NodeFlags, readNodeOf, withNodeOptions } from './node-options.ts';

/** `pgwamp status`: prints the state of a running node. */
export function status(program: Command): void {
  const command = withNodeOptions(program.command('status'))
    .summary('print the state of a running node')
    .description(
      'Asks the admin endpoint of a running node for the state of its workers and components. Exits with 1 if something does ' +
        'not work, and with 3 if the node does not answer.',
    )
    .option('--admin <address>', 'URL, or path of the unix socket (default: controller.admin of the configuration)')
    .option('--json', 'print JSON')
    .action(run);
  withExamples(command, 'pgwamp status', 'pgwamp status --admin http://127.0.0.1:9100 --json');
}

interface StatusFlags extends NodeFlags {
  readonly admin?: string;
  readonly json?: boolean;
}

async function run(flags: StatusFlags): Promise<void> {
  const { adminAddress, fetchAdmin, statusTable } = await import('../admin/admin-client.ts');
  const address = flags.admin ?? adminAddress(await readNodeOf(flags));
  const answer = await fetchAdmin<StatusAnswer>(address, '/status');
  process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : statusTable(answer));
  process.exitCode = answer.ready ? 0 : 1;
}
