import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { database, Environment } from '@pgwamp/config';
import type * as z from 'zod';

/** Where PostgreSQL is, as `database` of a component takes it. */
export type DatabaseOptions = z.input<typeof database>;

/** Keywords of libpq with their values, such as `host` and `dbname`. */
export type Keywords = ReadonlyMap<string, string>;

/** A pair of a connection string: a keyword, and a value that may stand in single quotes, in which `\` escapes. */
const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/gsy;

/** Keywords that name the certificates of TLS, and what they are called here. */
const tlsFiles = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;

/** Where servers have their sockets, in the order in which libpq's followers look. */
const socketFolders = ['/var/run/postgresql', '/private/tmp', '/tmp'];

/**
 * Where PostgreSQL is, by a connection string of libpq: a URI, or keywords with values. What it leaves out comes from `PGHOST`,
 * `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD` and `PGSSLMODE`.
 *
 * @throws `TypeError` that says what was expected instead; the message shows no value.
 */
export function databaseOf(connection: string, environment: Environment): DatabaseOptions {
  const text = connection.trim();
  return /^postgres(ql)?:\/\//.test(text)
    ? databaseOfUri(text, environment)
    : databaseOfKeywords(keywordsOf(text), environment);
}

function databaseOfUri(text: string, environment: Environment): DatabaseOptions {
  const [address = '', query = ''] = text.split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
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
  throw new TypeError(`a URI, or pairs such as host=localhost dbname=shop; it has something else ${place}`);
}

/** Where PostgreSQL is, by keywords of libpq; what they leave out comes from the environment. */
export function databaseOfKeywords(given: Keywords, environment: Environment): DatabaseOptions {
  const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGSSLMODE, USER = 'postgres' } = environment;
  const user = given.get('user') ?? PGUSER ?? USER;
  const port = given.get('port') ?? PGPORT ?? '5432';
  const password = given.get('password') ?? PGPASSWORD;
  return {
    host: given.get('host') ?? given.get('hostaddr') ?? PGHOST ?? localServer(port),
    port,
    database: given.get('dbname') ?? PGDATABASE ?? user,
    user,
    ...(password !== undefined && { password }),
    ssl: tlsOf(given.get('sslmode') ?? PGSSLMODE, given),
  };
}

function localServer(port: string): string {
  return socketFolders.find((folder) => existsSync(join(folder, `.s.PGSQL.${port}`))) ?? 'localhost';
}

/** As in libpq, `require` encrypts and takes any certificate. `prefer`, the default, is not to be had: it is no TLS. */
function tlsOf(mode: string | undefined, given: Keywords): object | boolean {
  if (mode === undefined || ['disable', 'allow', 'prefer'].includes(mode)) return false;
  if (!['require', 'verify-ca', 'verify-full'].includes(mode)) {
    throw new TypeError('an sslmode of disable, allow, prefer, require, verify-ca or verify-full');
  }
  const files = Object.entries(tlsFiles).flatMap(([keyword, key]) => {
    const path = given.get(keyword);
    return path === undefined ? [] : [[key, path]];
  });
  // With a root certificate libpq verifies it, whatever the mode.
  return { ...Object.fromEntries(files), rejectUnauthorized: mode !== 'require' || given.has('sslrootcert') };
}
