import type { Command } from 'commander';
import { withExamples } from './example.ts';
import { logLevelOf } from './log-level.ts';
import { untilSignal } from './until-signal.ts';

/** `pgwamp component`: runs one component, for example as a guest of a Crossbar.io node. */
export function component(program: Command): void {
  const command = program
    .command('component')
    .summary('run one component')
    .description(
      'Runs one component until a signal ends it. The file contains the component as in a container worker, in JSON or ' +
        'YAML: classname, realm, transport, authentication, extra.',
    )
    .requiredOption('--config <file>', 'the component, or - for standard input')
    .action(run);
  withExamples(command, 'pgwamp component --config publisher.json', 'pgwamp component --config - < publisher.json');
}

async function run({ config }: { config: string }): Promise<void> {
  const { readComponent } = await import('../configuration/read-component.ts');
  const { Components } = await import('../workers/components.ts');
  const { openLog } = await import('../supervisor/log.ts');
  const { options, folder } = await readComponent(config);
  process.chdir(folder);
  const format = process.stderr.isTTY ? 'pretty' : 'json';
  const { logger } = await openLog(format, logLevelOf(process.env));
  const components = new Components({ folder, log: logger });
  try {
    const started = components.apply([options]);
    const forever = started.then(() => new Promise<never>(() => undefined));
    await untilSignal(forever);
  } finally {
    await components.stop();
  }
}
