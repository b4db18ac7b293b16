import { parseConfiguration } from '@pgwamp/config';
import { type ProxyConfiguration, proxyConfiguration, readPgEventProxy } from '@pgwamp/proxy';
import { readComponent } from '../configuration/read-component.ts';
import { CommandError } from '../errors.ts';
import { openLog } from '../supervisor/log.ts';
import { Components } from '../workers/components.ts';
import { logLevelOf } from './log-level.ts';
import { untilSignal } from './until-signal.ts';

/** A Proxy to run. */
export interface ProxyRun {
  readonly configuration: ProxyConfiguration;
  /** The folder that relative paths refer to. */
  readonly folder: string;
  /** The origin of the configuration, for people. */
  readonly origin: string;
}

/** The Proxy of a configuration file of pgwamp. */
export async function readProxy(file: string): Promise<ProxyRun> {
  const { options, folder } = await readComponent(file, { classname: 'pgwamp.Proxy' });
  if (options.classname !== 'pgwamp.Proxy') {
    throw new CommandError(
      `${file} contains a ${options.classname}, expected a pgwamp.Proxy: use pgwamp component --config`,
    );
  }
  const { id: _, ...own } = options;
  return { configuration: parseConfiguration(proxyConfiguration, own, null), folder, origin: file };
}

/** The Proxy of a configuration of pg-event-proxy or pg-amqp-bridge: an ini file, or only variables. */
export function ofPgEventProxy(file: string | undefined): ProxyRun {
  // No variables are replaced: a password may look like one.
  const configuration = parseConfiguration(proxyConfiguration, readPgEventProxy(file), null);
  return { configuration, folder: process.cwd(), origin: file ?? 'the environment' };
}

/** Runs a Proxy until a signal ends it. */
export async function runProxy({ configuration, folder, origin }: ProxyRun): Promise<void> {
  const { logger } = await openLog(process.stderr.isTTY ? 'pretty' : 'json', logLevelOf(process.env));
  logger.info('configuration: %s', origin);
  process.chdir(folder);
  const components = new Components({ folder, log: logger });
  try {
    const started = components.apply([{ ...configuration, classname: 'pgwamp.Proxy' }]);
    await untilSignal(started.then(() => new Promise<never>(() => undefined)));
  } finally {
    await components.stop();
  }
}
