import type { Command } from 'commander';
import { type DatabaseFlags, withDatabaseOptions } from './database-options.ts';
import { withExamples } from './example.ts';
import { readNodeIfAny } from './node-options.ts';

/** `pgwamp doctor`: checks database, router and machine. */
export function doctor(program: Command): void {
  const command = withDatabaseOptions(program.command('doctor'))
    .summary('check database, router and machine')
    .description(
      'Runs named checks of the database, of the routers that the components join, and of the machine. Each is ok, warn, fail ' +
        'or skip, with its fix. Exits with 3 if one fails.',
    )
    .option('--json', 'print JSON')
    .option('--nagios', 'print one line, and exit as a Nagios plugin does')
    .action(run);
  withExamples(command, 'pgwamp doctor', 'pgwamp doctor --database postgres://crossbar:secret@127.0.0.1/mydb --json');
}

interface DoctorFlags extends DatabaseFlags {
  readonly json?: boolean;
  readonly nagios?: boolean;
}

async function run(flags: DoctorFlags): Promise<void> {
  const { findDatabase } = await import('./find-database.ts');
  const { examine, nagios, report } = await import('../doctor/examine.ts');
  const database = await findDatabase(flags);
  const configuration = await readNodeIfAny(flags);
  if (configuration) process.chdir(configuration.folder);
  const found = await examine([database], configuration);
  if (flags.nagios) {
    const { line, exitCode } = nagios(found);
    process.stdout.write(`${line}\n`);
    process.exitCode = exitCode;
    return;
  }
  process.stdout.write(flags.json ? `${JSON.stringify(found)}\n` : report(found));
  process.exitCode = found.some(({ verdict }) => verdict === 'fail') ? 3 : 0;
}
