import type { Command } from 'commander';
import type { NodeConfiguration } from '../configuration/read-node.ts';
import { withExamples } from './example.ts';
import { type NodeFlags, readNodeOf, withNodeOptions } from './node-options.ts';

/** `pgwamp check`: checks a node's configuration without starting anything. */
export function check(program: Command): void {
  const command = withNodeOptions(program.command('check'))
    .summary('check a configuration file')
    .description(
      'Checks the configuration of a node, and exits with 2 if it finds a mistake. Opens no connection without --triggers.',
    )
    .option(
      '--triggers',
      'connect to the databases of the components, and check the arguments of crossbar.publish_row_change',
    )
    .option('--print', 'print every value in force with its origin; secrets are hidden')
    .option('--json', 'print JSON')
    .action(run);
  withExamples(command, 'pgwamp check', 'pgwamp check --config node.yaml --print', 'pgwamp check --triggers');
}

interface CheckFlags extends NodeFlags {
  readonly print?: boolean;
  readonly triggers?: boolean;
  readonly json?: boolean;
}

async function run(flags: CheckFlags): Promise<void> {
  const { NodeConfigurationError } = await import('../errors.ts');
  try {
    const configuration = await readNodeOf(flags);
    const { effectiveValues } = await import('../configuration/effective.ts');
    const values = flags.print ? effectiveValues(configuration) : undefined;
    const { file, node } = configuration;
    const wrong = flags.triggers ? await wrongTriggers(configuration) : [];
    if (wrong.length > 0) process.exitCode = 2;
    if (flags.json) print({ ok: wrong.length === 0, file, values, ...(flags.triggers && { triggers: wrong }) });
    else if (values) process.stdout.write(table(values));
    else if (wrong.length > 0) for (const line of wrong) process.stdout.write(`${line}\n`);
    else process.stdout.write(`${file}: ok, ${node.workers.map(({ type }) => type).join(', ')}\n`);
  } catch (error) {
    if (!flags.json || !(error instanceof NodeConfigurationError)) throw error;
    print({ ok: false, problems: error.problems });
    process.exitCode = 2;
  }
}

/** The mistakes in the triggers of all databases, one per line. */
async function wrongTriggers(configuration: NodeConfiguration): Promise<string[]> {
  const { databasesOf } = await import('./find-database.ts');
  const { Connection } = await import('@pgwamp/core/internal/postgres');
  const { checkTriggers } = await import('../doctor/triggers.ts');
  const lines: string[] = [];
  for (const database of databasesOf(configuration)) {
    await using connection = await Connection.open(database, 'pgwamp check');
    const found = await checkTriggers(connection);
    lines.push(
      ...found.filter(({ verdict }) => verdict === 'fail').map(({ check, message }) => `${check}: ${message}`),
    );
  }
  return lines;
}

function table(values: readonly { path: string; value: unknown; origin: string }[]): string {
  const lines = values.map(({ path, value, origin }) => [`${path} = ${JSON.stringify(value)}`, origin] as const);
  const width = Math.min(100, Math.max(...lines.map(([left]) => left.length)));
  return lines.map(([left, origin]) => `${left.padEnd(width)}  # ${origin}\n`).join('');
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
