import { type Command, Option } from 'commander';
import { Hangups } from '../supervisor/hangups.ts';
import { withExamples } from './example.ts';
import { logLevels } from './log-level.ts';
import { type NodeFlags, readNodeOf, withNodeOptions } from './node-options.ts';

/** `pgwamp start`: runs a node until a signal ends it. */
export function start(program: Command): void {
  const command = withNodeOptions(program.command('start'))
    .summary('run a node: routers, components and guests of a configuration file')
    .description(
      'Runs the workers of a Crossbar.io node configuration (version 2, JSON or YAML), each in its own process, and restarts ' +
        "those that end by themselves. SIGHUP and NOTIFY pgwamp, 'reload' read the file again. SIGTERM stops everything.",
    )
    .addOption(
      new Option('--log-format <format>', 'form of the log (default: pretty on a terminal, else json)').choices([
        'json',
        'pretty',
      ]),
    )
    .addOption(
      new Option('--log-level <level>', 'lowest level').choices(logLevels).default('info').env('PGWAMP_LOG_LEVEL'),
    )
    .action(async (flags: StartFlags) => {
      const hangups = new Hangups();
      const { runNode } = await import('../supervisor/run-node.ts');
      const configuration = await readNodeOf(flags);
      process.exitCode = await runNode(configuration, {
        format: flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'),
        level: flags.logLevel,
        lenient: flags.lenient === true,
        hangups,
      });
    });
  withExamples(command, 'pgwamp start', 'pgwamp start --config node.yaml');
}

interface StartFlags extends NodeFlags {
  readonly logFormat?: 'json' | 'pretty';
  readonly logLevel: string;
}
