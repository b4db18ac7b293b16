import { isDeepStrictEqual } from 'node:util';
import { type DatabaseConfiguration, parseConfiguration, database as schema } from '@pgwamp/config';
import type { NodeConfiguration } from '../configuration/read-node.ts';
import { CommandError } from '../errors.ts';
import type { DatabaseFlags } from './database-options.ts';
import { readNodeIfAny } from './node-options.ts';

/**
 * Finds the database of a command.
 *
 * @throws `CommandError` if none is configured.
 */
export async function findDatabase(flags: DatabaseFlags): Promise<DatabaseConfiguration> {
  if (flags.database !== undefined) return databaseOf(flags.database);
  const configuration = await readNodeIfAny(flags);
  if (configuration) return firstDatabase(configuration);
  return parseConfiguration(schema, fromEnvironment(process.env), null);
}

function databaseOf(uri: string): DatabaseConfiguration {
  if (/^postgres(ql)?:\/\//.test(uri)) return parseConfiguration(schema, { uri }, null);
  const meant = /^[\w-]+$/.test(uri) ? `; did you mean postgres://crossbar@127.0.0.1/${uri}?` : '';
  throw new CommandError(`--database: expected a URI, postgres://user:password@host:port/database${meant}`);
}

/** The databases of all components, each once. */
export function databasesOf({ node }: NodeConfiguration): DatabaseConfiguration[] {
  const components = node.workers.flatMap((worker) => (worker.type === 'guest' ? [] : worker.components));
  const databases = components.flatMap(
    ({ extra }) => (extra as { database?: DatabaseConfiguration } | undefined)?.database ?? [],
  );
  return databases.filter((it, index) => databases.findIndex((other) => isDeepStrictEqual(it, other)) === index);
}

function firstDatabase(configuration: NodeConfiguration): DatabaseConfiguration {
  const [first] = databasesOf(configuration);
  if (!first) throw new CommandError('no component of the configuration has a database: name one with --database');
  return first;
}

function fromEnvironment({ PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD }: NodeJS.ProcessEnv): object {
  if (PGHOST === undefined && PGDATABASE === undefined) {
    throw new CommandError(
      'the database is missing: use --database, --config, or PGHOST and PGDATABASE; "pgwamp init" writes a configuration',
    );
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
