import type { Environment } from '@pgwamp/config';
import type { GatewayOptions } from '../../configuration.ts';
import { readPostgresql2websocket } from './settings.ts';

/** The configuration of postgresql2websocket, converted for the Gateway. */
export interface Postgresql2websocketGateway {
  readonly gateway: GatewayOptions;
  /** Warnings about keys without an effect. */
  readonly warnings: readonly string[];
}

/**
 * Reads the ini file of postgresql2websocket.
 *
 * @example
 * ```ts
 * import { Gateway, postgresql2websocketGateway } from '@pgwamp/gateway';
 *
 * const { gateway } = postgresql2websocketGateway('postgresql2websocket.conf');
 * await new Gateway(gateway).start();
 * ```
 *
 * @param environment the source of `PGHOST` and related variables, for keys that the file omits.
 * @throws `ConfigurationError` that names the file, the section and the key, and what is expected.
 */
export function postgresql2websocketGateway(
  file: string,
  environment: Environment = process.env,
): Postgresql2websocketGateway {
  const { database, web, warnings } = readPostgresql2websocket(file, environment);
  const extra = {
    database,
    endpoint: { type: 'tcp', interface: web.host, port: web.port },
    path: '/{channel}',
    page: 'console',
  } as const;
  return { gateway: { extra } as never, warnings };
}
