import { type DatabaseConfiguration, parseConfiguration, database as schema } from '@pgwamp/config';
import { CommandError } from '../errors.ts';
import type { DatabaseFlags } from './database-options.ts';
import { readNodeIfAny } from './node-options.ts';

/**
 * Finds the database to work on.
 *
 * @throws `CommandError` if nothing names one.
 */
export async function findDatabase(flags: DatabaseFlags): Promise<DatabaseConfiguration> {
  if (flags.database !== undefined) return parseConfiguration(schema, { uri: flags.database }, null);
  const configuration = await readNodeIfAny(flags);
  if (configuration) return firstDatabase(configuration.node.workers);
  return parseConfiguration(schema, fromEnvironment(process.env), null);
}

function firstDatabase(
  workers: readonly { readonly type: string; readonly components?: readonly object[] }[],
): DatabaseConfiguration {
  const databases = workers.flatMap(({ components = [] }) =>
    components.flatMap((it) => (it as { extra?: { database?: DatabaseConfiguration } }).extra?.database ?? []),
  );
  const [first] = databases;
  if (!first) throw new CommandError('no component of the configuration has a database: name one with --database');
  return first;
}

function fromEnvironment({ PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD }: NodeJS.ProcessEnv): object {
  if (PGHOST === undefined && PGDATABASE === undefined) {
    throw new CommandError('no database is named: use --database, --config, or PGHOST and PGDATABASE');
  }
  const user = PGUSER ?? 'crossbar';
  return {
    host: PGHOST ?? '127.0.0.1',
    port: PGPORT ?? 5432,
    database: PGDATABASE ?? user,
    user,
    ...(PGPASSWORD !== undefined && { password: PGPASSWORD }),
  };
}
