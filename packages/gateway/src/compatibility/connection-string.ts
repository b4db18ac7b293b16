import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type database, type Environment, withLogin } from '@pgwamp/config';
import type * as z from 'zod';

/** The address of PostgreSQL, in the form of `database` of a component. */
export type DatabaseOptions = z.input<typeof database>;

/** Keywords of libpq with their values, such as `host` and `dbname`. */
export type Keywords = ReadonlyMap<string, string>;

/** A pair of a connection string: a keyword and a value. The value may be in single quotes; `\` escapes. */
const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gsy;

/** Keywords of libpq for TLS files, and their names here. */
const tlsFiles = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;

/** The folders of server sockets, in the order in which clients like libpq look. */
const socketFolders = ['/var/run/postgresql', '/private/tmp', '/tmp'];

/**
 * Parses a connection string of libpq: a URI, or keywords with values. The defaults come from `PGHOST`, `PGPORT`,
 * `PGDATABASE`, `PGUSER`, `PGPASSWORD` and `PGSSLMODE`.
 *
 * @throws `TypeError` that names the expected form; the message contains no value.
 */
export function databaseOf(connection: string, environment: Environment): DatabaseOptions {
  const text = connection.trim();
  return /^postgres(ql)?:\/\//.test(text)
    ? databaseOfUri(text, environment)
    : databaseOfKeywords(keywordsOf(text), environment);
}

/** The parts of a URI without a host, which means the local server: user, password, port and database. */
const withoutHost = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(?::(\d+))?(?:\/(.*))?$/s;

function databaseOfUri(text: string, environment: Environment): DatabaseOptions {
  const [address = '', query = ''] = text.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const [, ...local] = (!parameters.has('host') && withoutHost.exec(address)) || [];
  if (local.length > 0) {
    const parts = ['user', 'password', 'port', 'dbname'].flatMap((keyword, index) =>
      local[index] ? [[keyword, decoded(local[index])] as const] : [],
    );
    return databaseOfKeywords(new Map([...parts, ...parameters]), environment);
  }
  const ssl = tlsOf(parameters.get('sslmode') ?? environment.PGSSLMODE, new Map(parameters));
  for (const keyword of ['sslmode', ...Object.keys(tlsFiles)]) parameters.delete(keyword);
  const uri = parameters.size === 0 ? address : `${address}?${parameters}`;
  return { uri, ssl };
}

function keywordsOf(text: string): Keywords {
  const found = new Map<string, string>();
  let end = 0;
  for (const [all, keyword = '', quoted, bare] of text.matchAll(pair)) {
    found.set(keyword, (quoted ?? bare ?? '').replace(/\\(.)/gs, '$1'));
    end += all.length;
  }
  if (text.slice(end).trim() === '') return found;
  const last = [...found.keys()].at(-1);
  const place = last === undefined ? 'at its beginning' : `after ${last}`;
  throw new TypeError(`a URI, or pairs such as host=localhost dbname=shop; found something else ${place}`);
}

/** Converts keywords of libpq; the defaults come from the environment. */
export function databaseOfKeywords(given: Keywords, environment: Environment): DatabaseOptions {
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE, USER = 'postgres' } = environment;
  const host = given.get('host') ?? given.get('hostaddr') ?? PGHOST;
  const user = given.get('user') ?? PGUSER ?? USER;
  const port = given.get('port') ?? PGPORT ?? '5432';
  const password = given.get('password') ?? PGPASSWORD;
  const database = given.get('dbname') ?? PGDATABASE ?? user;
  const ssl = tlsOf(given.get('sslmode') ?? PGSSLMODE, given);
  if (host?.includes(',')) {
    const uri = `postgres://${severalHosts(host, port)}/${encodeURIComponent(database)}`;
    return { uri: withLogin(uri, { user, password }), ssl };
  }
  return {
    ...{ host: host ?? localServer(port), port, database, user, ssl },
    ...(password !== undefined && { password }),
  };
}

/** Hosts with their ports, as a URI has them. One port is that of all. */
function severalHosts(hosts: string, ports: string): string {
  const each = ports.split(',');
  const named = hosts.split(',').map((host, index) => [host, each[index] ?? each[0]]);
  return named
    .map(([host = '', port]) => `${host.includes(':') ? `[${host}]` : encodeURIComponent(host)}:${port}`)
    .join(',');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new TypeError('a URI with each percent sign written as %25', { cause: error });
  }
}

function localServer(port: string): string {
  return socketFolders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

/**
 * As in libpq, `require` encrypts and accepts any certificate. `prefer`, the default, is not supported: it means no
 * TLS.
 */
function tlsOf(mode: string | undefined, given: Keywords): object | boolean {
  if (mode === undefined || ['disable', 'allow', 'prefer'].includes(mode)) return false;
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) {
    throw new TypeError('an sslmode of disable, allow, prefer, require, verify-ca or verify-full');
  }
  const files = Object.entries(tlsFiles).flatMap(([keyword, key]) => {
    const path = given.get(keyword);
    return path === undefined ? [] : [[key, path]];
  });
  // With a root certificate, libpq verifies it in every mode.
  return { ...Object.fromEntries(files), rejectUnauthorized: mode !== 'require' || given.has('sslrootcert') };
}
