import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { appendFile, cp, mkdtemp, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresBinaries } from './binaries.ts';
import { makeOnce, runFolder } from './run-folder.ts';
import { giveAllTo, giveTo, type Identity, reachableFor, unprivilegedUser } from './unprivileged-user.ts';

const run = promisify(execFile);

/** A prepared data directory, and everything required to run a server on it. */
export interface Cluster {
  /** The temporary folder with data, log and socket. */
  readonly folder: string;
  readonly data: string;
  readonly logFile: string;
  /** The program `postgres`. */
  readonly program: string;
  /** The user that it runs as, if not the current one. */
  readonly user: Identity | undefined;
  readonly password: string;
}

/** The environment of PostgreSQL's programs, without variables that change their behavior. */
export const serverEnvironment = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };

/** Creates an empty temporary folder owned by the server's user. */
export async function createClusterFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-postgres-'));
  giveTo(unprivilegedUser(), folder);
  return folder;
}

/**
 * Creates a cluster in `folder`, and writes the settings and the files that they refer to. `given` is a folder with
 * PostgreSQL's programs.
 */
export async function createCluster(
  folder: string,
  major: number,
  settings: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
  given?: string,
): Promise<Cluster> {
  const user = unprivilegedUser();
  const native = given ?? (await reachableFor(user, await postgresBinaries(major), `native-${major}`));
  const name = given === undefined ? `cluster-${major}` : `cluster-given-${major}`;
  const pristine = await makeOnce(join(runFolder(), name), (made) => initialize(native, made, user));
  const data = join(folder, 'data');
  await copyData(join(pristine, 'data'), data);
  await giveAllTo(user, data);
  await appendFile(join(data, 'postgresql.conf'), configuration(folder, settings));
  for (const [name, text] of Object.entries(files)) await writeServerFile(join(data, name), text, user);
  const password = await readFile(join(pristine, 'password'), 'utf8');
  return { folder, data, password, user, logFile: join(folder, 'log'), program: join(native, 'bin', 'postgres') };
}

/** Copies the result of `initdb`. Most of a WAL segment is zeros, which take no space in a sparse file. */
async function copyData(from: string, to: string): Promise<void> {
  const isSegment = (path: string) => basename(dirname(path)) === 'pg_wal' && /^[\dA-F]{24}$/.test(basename(path));
  const options = { recursive: true, mode: constants.COPYFILE_FICLONE, filter: (path: string) => !isSegment(path) };
  await cp(from, to, options);
  for (const name of await readdir(join(from, 'pg_wal'))) {
    const path = join(from, 'pg_wal', name);
    if (!isSegment(path)) continue;
    const bytes = await readFile(path);
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    const copy = join(to, 'pg_wal', name);
    await writeFile(copy, bytes.subarray(0, end), { mode: 0o600 });
    await truncate(copy, bytes.length);
  }
}

/** Runs `initdb`, which takes five times as long as copying its result. */
async function initialize(native: string, folder: string, user: Identity | undefined): Promise<void> {
  giveTo(user, folder);
  const password = join(folder, 'password');
  await writeServerFile(password, randomBytes(12).toString('hex'), user);
  const options = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--pwfile=${password}`, '--no-sync'];
  const program = join(native, 'bin', 'initdb');
  await run(program, ['-U', 'postgres', '-D', join(folder, 'data'), ...options], {
    ...user,
    cwd: folder,
    env: serverEnvironment,
  });
}

/** PostgreSQL refuses a private key that others may read. */
async function writeServerFile(path: string, text: string, user: Identity | undefined): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  giveTo(user, path);
}

function configuration(folder: string, settings: Readonly<Record<string, string>>): string {
  const all = {
    ...settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    logging_collector: 'off',
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('');
}
