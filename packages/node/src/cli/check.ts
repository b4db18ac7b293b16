import type { Command } from 'commander';
import { withExamples } from './example.ts';
import { type NodeFlags, readNodeOf, withNodeOptions } from './node-options.ts';

/** `pgwamp check`: checks a node's configuration without starting anything. */
export function check(program: Command): void {
  const command = withNodeOptions(program.command('check'))
    .summary('check a configuration file')
    .description('Checks the configuration of a node, and exits with 2 if something is wrong. Opens no connection.')
    .option('--print', 'print every value in force with its origin; secrets are hidden')
    .option('--json', 'print JSON')
    .action(run);
  withExamples(command, 'pgwamp check', 'pgwamp check --config node.yaml --print');
}

interface CheckFlags extends NodeFlags {
  readonly print?: boolean;
  readonly json?: boolean;
}

async function run(flags: CheckFlags): Promise<void> {
  const { NodeConfigurationError } = await import('../errors.ts');
  try {
    const configuration = await readNodeOf(flags);
    const { effectiveValues } = await import('../configuration/effective.ts');
    const values = flags.print ? effectiveValues(configuration) : undefined;
    const { file, node } = configuration;
    if (flags.json) print({ ok: true, file, values });
    else if (values) process.stdout.write(table(values));
    else process.stdout.write(`${file}: ok, ${node.workers.map(({ type }) => type).join(', ')}\n`);
  } catch (error) {
    if (!flags.json || !(error instanceof NodeConfigurationError)) throw error;
    print({ ok: false, problems: error.problems });
    process.exitCode = 2;
  }
}

function table(values: readonly { path: string; value: unknown; origin: string }[]): string {
  const lines = values.map(({ path, value, origin }) => [`${path} = ${JSON.stringify(value)}`, origin] as const);
  const width = Math.min(100, Math.max(...lines.map(([left]) => left.length)));
  return lines.map(([left, origin]) => `${left.padEnd(width)}  # ${origin}\n`).join('');
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
