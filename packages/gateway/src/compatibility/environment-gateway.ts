import type { Environment } from '@pgwamp/config';
import type { GatewayOptions } from '../configuration.ts';
import { databaseOf } from './connection-string.ts';

/**
 * Creates the options of a Gateway from the environment only: for the database in `DATABASE_URL`, or in `PGHOST`,
 * `PGDATABASE` and related variables, at `http://127.0.0.1:7700`, with all channels.
 *
 * @example
 * ```ts
 * const options = environmentGateway({ DATABASE_URL: 'postgres://crossbar@127.0.0.1/shop' });
 * if (options) await new Gateway(options).start(); // http://127.0.0.1:7700
 * ```
 *
 * @returns undefined if the environment names no database.
 */
export function environmentGateway(environment: Environment): GatewayOptions | undefined {
  const { DATABASE_URL = '', PGHOST, PGDATABASE } = environment;
  if (DATABASE_URL === '' && PGHOST === undefined && PGDATABASE === undefined) return undefined;
  const database = databaseOf(DATABASE_URL, environment);
  const extra = { database, endpoint: { type: 'tcp', interface: '127.0.0.1', port: 7700 } } as const;
  return { extra } as never;
}
