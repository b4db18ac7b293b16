import { userInfo } from 'node:os';
import * as z from 'zod';
import type { Environment } from './environment.ts';
import { hostAndPort } from './host-and-port.ts';
import { excluding } from './issues.ts';
import { milliseconds, portNumber } from './numbers.ts';
import { hostName } from './server/allowed-hosts.ts';
import { singleHostUris, withLogin } from './several-hosts.ts';

const text = z.string().min(1);

const tls = z.union(
  [
    z.boolean(),
    z.strictObject({
      ca: text.optional().describe('the certificates to trust: PEM text, or the path of a PEM file'),
      cert: text.optional().describe('the client certificate: PEM text, or the path of a PEM file'),
      key: text.optional().describe('the key of the client certificate: PEM text, or the path of a PEM file'),
      servername: text.optional().describe('host name expected in the certificate of the server'),
      rejectUnauthorized: z.boolean().default(true).describe('whether to refuse an untrusted server certificate'),
    }),
  ],
  { error: 'true, false or an object with ca, cert, key, servername, rejectUnauthorized' },
);

/**
 * At most a day: PostgreSQL ends a session after idling for twice the sum of both values, and that sum has to fit its
 * setting.
 */
const beat = milliseconds({ min: 10, max: 86_400_000 });

const connectionUri = z
  .string()
  .regex(/^postgres(ql)?:\/\//, { error: 'a URI such as postgres://user:password@host:5432/database' });

const worker = z
  .union(
    [
      z.strictObject({
        user: text.default('crossbar_worker').describe('name of the role'),
        password: z.string().optional().describe('password of the role'),
      }),
      z.strictObject({
        uri: connectionUri.describe('a connection URI to the same database'),
      }),
    ],
    { error: 'an object with user and password, or with uri' },
  )
  .describe(
    'second login, for the sessions in which components run functions. It owns nothing, so RESET ROLE gains a function nothing',
  );

const common = {
  worker: worker.optional(),
  ssl: tls.optional().describe('TLS; true: with a certificate that Node.js trusts'),
  heartbeat: z
    .strictObject({
      interval: beat.default(5000).describe('milliseconds between two probes of an idle connection'),
      timeout: beat.default(5000).describe('milliseconds to wait for an answer'),
    })
    .prefault({})
    .describe('how to detect a dead connection'),
};

const fields = ['host', 'port', 'database', 'user', 'password'];

/** Parameters of a URI that would make node-postgres ignore `ssl`. */
const tlsParameter = /^(?:ssl|sslmode|sslnegotiation|uselibpqcompat|sslrootcert|sslcert|sslkey)$/;
const certificates = /^ssl(?:rootcert|cert|key)$/;

function tlsParameters(uri: string): [name: string, value: string][] {
  const [, query = ''] = /\?([^#]*)/.exec(uri) ?? [];
  return [...new URLSearchParams(query)].filter(([name]) => tlsParameter.test(name));
}

/** Whether the URI requires less than TLS with a verified server, or `ssl` requires less than the URI. */
function weakens(uri: string, ssl: true | { readonly rejectUnauthorized: boolean }): boolean {
  const isVerified = ssl === true || ssl.rejectUnauthorized;
  return tlsParameters(uri).some(([name, value]) => {
    if (!isVerified && /^verify-/.test(value)) return true;
    if (name === 'sslmode') return ['disable', 'allow', 'prefer', 'no-verify'].includes(value.toLowerCase());
    if (name === 'ssl') return !['true', '1'].includes(value);
    return name === 'uselibpqcompat' && value === 'true';
  });
}

/**
 * Removes the TLS parameters from a URI. Used if `ssl` is set, which takes precedence.
 *
 * @example
 * ```ts
 * withoutTls('postgres://crossbar@127.0.0.1/shop?sslmode=require&application_name=till');
 * // postgres://crossbar@127.0.0.1/shop?application_name=till
 * ```
 *
 * @returns the other parts of the URI, unchanged.
 */
export function withoutTls(uri: string): string {
  const [, address = '', query, hash = ''] = /^([^?#]*)(?:\?([^#]*))?(.*)$/s.exec(uri) ?? [];
  if (query === undefined) return uri;
  const kept = query
    .split('&')
    .filter((pair) => [...new URLSearchParams(pair)].every(([name]) => !tlsParameter.test(name)));
  return `${address}${kept.length > 0 ? `?${kept.join('&')}` : ''}${hash}`;
}

/**
 * Replaces the weaker modes `prefer`, `require` and `verify-ca` of a URI with `verify-full`, unless it has
 * `uselibpqcompat`. node-postgres 8 does the same, with a long warning that version 9 will not.
 *
 * @example
 * ```ts
 * withVerifiedTls('postgres://crossbar@127.0.0.1/shop?sslmode=require');
 * // postgres://crossbar@127.0.0.1/shop?sslmode=verify-full
 * ```
 */
export function withVerifiedTls(uri: string): string {
  if (tlsParameters(uri).some(([name]) => name === 'uselibpqcompat')) return uri;
  return uri.replaceAll(/(?<=[?&]sslmode=)(?:prefer|require|verify-ca)(?=[&#]|$)/g, 'verify-full');
}

/** `extra.database`: the connection to PostgreSQL, given as fields or as `uri`. */
export const database = z
  .union(
    [
      excluding(
        'uri',
        fields,
        z
          .strictObject({
            uri: connectionUri.describe(
              'a connection URI; of several hosts, the first primary that can be reached is used',
            ),
            ...common,
          })
          .refine(({ uri, ssl }) => !ssl || !weakens(uri, ssl), {
            error: 'no ssl, sslmode or uselibpqcompat that contradicts "ssl": leave it out of the URI',
            path: ['uri'],
          })
          .refine(({ uri, ssl }) => !ssl || !tlsParameters(uri).some(([name]) => certificates.test(name)), {
            error: 'no sslrootcert, sslcert or sslkey where "ssl" says how to encrypt: write ca, cert and key there',
            path: ['uri'],
          }),
      ),
      excluding(
        'host',
        ['uri'],
        z.strictObject({
          host: text.describe('host name or address, or the directory of a unix socket'),
          port: portNumber().default(5432).describe('port'),
          database: text.describe('name of the database'),
          user: text.describe('name of the role, normally crossbar'),
          password: z.string().optional().describe('password of the role'),
          ...common,
        }),
      ),
    ],
    { error: 'an object with uri, or with host, port, database, user and password' },
  )
  .describe('how PostgreSQL is reached');

/** The validated connection parameters of PostgreSQL. */
export type DatabaseConfiguration = z.output<typeof database>;

/**
 * The configuration for sessions that run functions: with the worker's login if one is configured, otherwise with the
 * component's own.
 *
 * @example
 * ```ts
 * workerDatabase(database.parse({ uri: 'postgres://crossbar:a@127.0.0.1/shop', worker: { password: 'b' } }));
 * // { uri: 'postgres://crossbar_worker:b@127.0.0.1/shop', … }
 * ```
 */
export function workerDatabase(configuration: DatabaseConfiguration): DatabaseConfiguration {
  const { worker, ssl, heartbeat } = configuration;
  if (worker === undefined) return configuration;
  const common = { ssl, heartbeat };
  if ('uri' in worker) return { ...common, uri: worker.uri };
  if (!('uri' in configuration)) {
    const { host, port, database } = configuration;
    return { ...common, host, port, database, ...worker };
  }
  return { ...common, uri: withLogin(configuration.uri, worker) };
}

/**
 * The configurations for each of several hosts of a URI, in their order.
 *
 * @example
 * ```ts
 * singleHosts(database.parse({ uri: 'postgres://crossbar@db1,db2/shop' })).length; // 2
 * ```
 */
export function singleHosts(configuration: DatabaseConfiguration): DatabaseConfiguration[] {
  if (!('uri' in configuration)) return [configuration];
  return singleHostUris(configuration.uri).map((uri) => ({ ...configuration, uri }));
}

/**
 * The role of the sessions that run functions.
 *
 * @example
 * ```ts
 * workerLogin(database.parse({ uri: 'postgres://crossbar:a@127.0.0.1/shop', worker: { password: 'b' } })); // crossbar_worker
 * ```
 */
export function workerLogin(configuration: DatabaseConfiguration): string {
  return databaseTarget(workerDatabase(configuration)).user;
}

/** The address of a database, without secrets. */
export interface DatabaseTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * Returns the host, port, database and user of a configuration, for log lines and labels. A URI may omit parts. Then
 * the defaults of libpq apply. Of several hosts, it is the first.
 *
 * @example
 * ```ts
 * databaseTarget(database.parse({ uri: 'postgres://crossbar@127.0.0.1/shop' }));
 * // { host: '127.0.0.1', port: 5432, database: 'shop', user: 'crossbar' }
 * ```
 */
export function databaseTarget(
  configuration: DatabaseConfiguration,
  environment: Environment = process.env,
): DatabaseTarget {
  if ('uri' in configuration) return targetOf(singleHostUris(configuration.uri)[0] ?? '', environment);
  const { host, port, database, user } = configuration;
  return { host, port, database, user };
}

function targetOf(uri: string, environment: Environment): DatabaseTarget {
  const url = URL.parse(uri);
  const { PGHOST = 'localhost', PGPORT = '5432', PGUSER = userInfo().username } = environment;
  // An unescaped @ in the password shifts the parts of the URI, so that a part of the password would be shown.
  if (!url || /@/.test(url.pathname + url.search + url.hash)) {
    return { host: '(unreadable URI)', port: 0, database: '', user: '' };
  }
  const user = decodeURIComponent(url.username) || PGUSER;
  return {
    host: url.searchParams.get('host') ?? (hostName(decodeURIComponent(url.hostname)) || PGHOST),
    port: Number(url.searchParams.get('port') ?? (url.port || PGPORT)),
    database: decodeURIComponent(url.pathname.slice(1)) || (environment.PGDATABASE ?? user),
    user,
  };
}

/**
 * Returns a database as a label of logs and metrics: `127.0.0.1:5432/shop`.
 *
 * @example
 * ```ts
 * databaseLabel(database.parse({ uri: 'postgres://crossbar@127.0.0.1/shop' })); // 127.0.0.1:5432/shop
 * ```
 */
export function databaseLabel(configuration: DatabaseConfiguration): string {
  const { host, port, database } = databaseTarget(configuration);
  return `${hostAndPort(host, port)}/${database}`;
}
