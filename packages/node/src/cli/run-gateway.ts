import { withoutSecrets } from '@pgwamp/config';
import type { GatewayConfiguration } from '@pgwamp/gateway';
import { openLog } from '../supervisor/log.ts';
import { Components } from '../workers/components.ts';
import { logLevelOf } from './log-level.ts';
import { untilSignal } from './until-signal.ts';

/** Gateways to run, and warnings to print before. */
export interface GatewayRun {
  readonly gateways: readonly GatewayConfiguration[];
  /** The folder that relative paths refer to. */
  readonly folder: string;
  /** The origin of the configuration, for people. */
  readonly origin: string;
  readonly warnings: readonly string[];
  readonly debug: boolean;
}

/** Prints that the configuration is valid, or the whole configuration. */
export function printGateways({ gateways, origin, warnings }: GatewayRun, whole: boolean): void {
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  const text = gateways.map((gateway) => `${JSON.stringify(withoutSecrets(gateway), undefined, 2)}\n`).join('');
  process.stdout.write(whole ? text : `${origin}: ok\n`);
}

/** Runs Gateways until a signal ends them. */
export async function runGateways({ gateways, folder, origin, warnings, debug }: GatewayRun): Promise<void> {
  const level = debug ? 'debug' : logLevelOf(process.env);
  const { logger } = await openLog(process.stderr.isTTY ? 'pretty' : 'json', level);
  logger.info('configuration: %s', origin);
  for (const warning of warnings) logger.warn(warning);
  process.chdir(folder);
  const components = new Components({ folder, log: logger });
  try {
    const options = gateways.map((gateway) => ({ ...gateway, classname: 'pgwamp.Gateway' }));
    const forever = components.apply(options).then(() => new Promise<never>(() => undefined));
    await untilSignal(forever);
  } finally {
    await components.stop();
  }
}
