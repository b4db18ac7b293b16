import { parseConfiguration } from '@pgwamp/config';
import {
  defaultIniFile,
  environmentGateway,
  eventservGateway,
  type GatewayOptions,
  gatewayConfiguration,
  postgresql2websocketGateway,
} from '@pgwamp/gateway';
import { readComponent } from '../configuration/read-component.ts';
import { CommandError } from '../errors.ts';
import type { GatewayRun } from './run-gateway.ts';

/** The Gateway of a configuration file of pgwamp. */
export async function ofFile(file: string, debug: boolean): Promise<GatewayRun> {
  const { options, folder } = await readComponent(file, { classname: 'pgwamp.Gateway' });
  if (options.classname !== 'pgwamp.Gateway') {
    throw new CommandError(
      `${file} contains a ${options.classname}, expected a pgwamp.Gateway: use pgwamp component --config`,
    );
  }
  const { id: _, ...own } = options;
  return { gateways: [parseConfiguration(gatewayConfiguration, own, null)], folder, origin: file, warnings: [], debug };
}

/** The Gateway for the database in the environment. */
export function ofDatabaseUrl(debug: boolean): GatewayRun {
  const gateway = environmentGateway(process.env);
  if (!gateway) throw new CommandError('the database is missing: name a configuration file, or set DATABASE_URL');
  return runOf({ gateways: [gateway], origin: 'the environment', warnings: [], debug });
}

/** The Gateways for a configuration of pg_eventserv. */
export function ofEventserv(commandLine: { config?: string | undefined; debug: boolean }): GatewayRun {
  const { file, ...rest } = eventservGateway(commandLine);
  return runOf({ ...rest, origin: file ?? 'the environment' });
}

/** The Gateway for a configuration of postgresql2websocket. */
export function ofPostgresql2websocket(file = defaultIniFile, debug: boolean): GatewayRun {
  const { gateway, warnings } = postgresql2websocketGateway(file);
  return runOf({ gateways: [gateway], origin: file, warnings, debug });
}

/** No variables are replaced: a password in another program's file may look like a variable. */
function runOf({
  gateways,
  ...rest
}: Omit<GatewayRun, 'folder' | 'gateways'> & { gateways: readonly GatewayOptions[] }): GatewayRun {
  const checked = gateways.map((options) => parseConfiguration(gatewayConfiguration, options, null));
  return { ...rest, gateways: checked, folder: process.cwd() };
}
