import { ConfigurationError, check, type Environment, issuesOf, portNumber } from '@pgwamp/config';
import * as z from 'zod';
import { type DatabaseOptions, databaseOf, databaseOfKeywords } from '../connection-string.ts';
import { readText } from '../read-text.ts';
import { type Ini, parseIni } from './ini.ts';

/** The default file of postgresql2websocket. */
export const defaultIniFile = 'postgresql2websocket.conf';

const web = z.strictObject({
  host: z.string().min(1).default('0.0.0.0'),
  port: portNumber({ min: 0 }).default(8080),
});

/** Connection parameters of asyncpg, and their names in libpq. */
const keywords: Readonly<Record<string, string>> = {
  host: 'host',
  port: 'port',
  user: 'user',
  password: 'password',
  database: 'dbname',
  ssl: 'sslmode',
};

/** The checked values of the file, and warnings about keys without an effect. */
export interface Postgresql2websocketSettings {
  readonly database: DatabaseOptions;
  readonly web: Readonly<z.output<typeof web>>;
  readonly warnings: readonly string[];
}

/**
 * Reads the file of postgresql2websocket. Keys that its section `[postgresql]` omits come from `PGHOST`, `PGPORT`,
 * `PGDATABASE`, `PGUSER` and `PGPASSWORD`.
 *
 * @throws `ConfigurationError` that names the file, the section and the key, and what is expected.
 */
export function readPostgresql2websocket(file: string, environment: Environment): Postgresql2websocketSettings {
  const ini = parseIni(file, readText(file));
  const missing = ['postgresql', 'web'].filter((name) => !ini.has(name));
  if (missing.length > 0) {
    throw new ConfigurationError(missing.map((name) => ({ keys: [`[${name}] in ${file}`], message: 'missing' })));
  }
  const postgresql = ini.get('postgresql') ?? new Map<string, string>();
  const other = [...postgresql.keys()].filter((key) => !(key in keywords) && key !== 'dsn');
  return {
    database: databaseIn(postgresql, file, environment),
    web: webIn(ini, file),
    warnings: other.map((key) => `[postgresql] ${key} in ${file} has no effect: one connection serves all channels`),
  };
}

function databaseIn(section: ReadonlyMap<string, string>, file: string, environment: Environment): DatabaseOptions {
  const dsn = section.get('dsn');
  try {
    if (dsn !== undefined) return databaseOf(dsn, environment);
    const given = [...section].flatMap(([key, value]) => (keywords[key] ? [[keywords[key], value] as const] : []));
    return databaseOfKeywords(new Map(given), environment);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const key = dsn === undefined ? 'ssl' : 'dsn';
    const issue = { keys: [`[postgresql] ${key} in ${file}`], message: `expected ${error.message}` };
    throw new ConfigurationError([issue], { cause: error });
  }
}

function webIn(ini: Ini, file: string): Postgresql2websocketSettings['web'] {
  const values = Object.fromEntries(ini.get('web') ?? []);
  const result = check(web, values);
  if (result.success) return Object.freeze(result.data);
  const named = ({ keys: [key], ...issue }: { keys: readonly PropertyKey[]; message: string }) => ({
    ...issue,
    keys: [`[web] ${String(key)} in ${file}`],
  });
  throw new ConfigurationError(issuesOf(result.error, values).map(named));
}
