import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { withExamples } from './example.ts';
import { proxyParked } from './proxy-parked.ts';

/** `pgwamp proxy`: runs a Proxy until a signal ends it, and manages its parked messages. */
export function proxy(program: Command): void {
  const command = program
    .command('proxy')
    .summary('run a Proxy: NOTIFY, row changes and topics to message brokers')
    .description(
      'Sends NOTIFY, row changes and topics to message brokers and webhooks, until a signal ends it. The file contains a component ' +
        'of class pgwamp.Proxy, in JSON or YAML, or ends with .ini and is one of pg-event-proxy. Without a file, the variables of ' +
        'pg-event-proxy or pg-amqp-bridge are read.',
    )
    .argument('[file]', 'the configuration, or - for standard input')
    .option('--check', 'check the configuration, and start nothing')
    .option('--print', 'print the configuration in force, and start nothing; secrets are hidden')
    .action(run);
  proxyParked(command);
  withExamples(
    command,
    'pgwamp proxy proxy.yaml',
    'pgwamp proxy proxy.yaml --print',
    'pgwamp proxy pg-event-proxy.ini --print',
    'pgwamp proxy parked list --database postgres://crossbar:secret@127.0.0.1/shop',
  );
}

interface ProxyFlags {
  readonly check?: boolean;
  readonly print?: boolean;
}

async function run(file: string | undefined, flags: ProxyFlags): Promise<void> {
  const { ofPgEventProxy, readProxy, runProxy } = await import('./run-proxy.ts');
  const isForeign = file?.endsWith('.ini') || (file === undefined && hasForeignVariables(process.env));
  if (file === undefined && !isForeign)
    throw new CommandError('the configuration file is missing, for example: pgwamp proxy proxy.yaml');
  const proxy = file === undefined || isForeign ? ofPgEventProxy(file) : await readProxy(file);
  if (flags.print || flags.check) {
    const { withoutSecrets } = await import('@pgwamp/config');
    const text = `${JSON.stringify(withoutSecrets(proxy.configuration), undefined, 2)}\n`;
    process.stdout.write(flags.print ? text : `${proxy.origin}: ok\n`);
  } else await runProxy(proxy);
}

/** Whether the environment contains a configuration of pg-event-proxy or pg-amqp-bridge. */
function hasForeignVariables(environment: NodeJS.ProcessEnv): boolean {
  const isForeign = (name: string) => /^PGPROXY_/i.test(name) || /^POSTGRESQL_URI(_FILE)?$/.test(name);
  return Object.entries(environment).some(([name, value]) => value && isForeign(name));
}
