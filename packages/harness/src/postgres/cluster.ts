import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresBinaries } from './binaries.ts';
import { giveTo, type Identity, reachableFor, unprivilegedUser } from './unprivileged-user.ts';

const run = promisify(execFile);

/** A data directory that is ready to be served, and all that serving it takes. */
export interface Cluster {
  /** The temporary folder that holds everything: data, log, socket. */
  readonly folder: string;
  readonly data: string;
  readonly logFile: string;
  /** The program `postgres`. */
  readonly program: string;
  /** Whom it runs as, when not as us. */
  readonly user: Identity | undefined;
  readonly password: string;
}

/** What PostgreSQL's programs see of our environment: nothing that changes what they do. */
export const serverEnvironment = { PATH: process.env.PATH ?? '', LC_ALL: 'C' };

/** An empty temporary folder that the server's user owns. */
export async function createClusterFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-postgres-'));
  giveTo(unprivilegedUser(), folder);
  return folder;
}

/** Runs `initdb` in `folder` and writes the settings, and the files that they name. */
export async function createCluster(
  folder: string,
  major: number,
  settings: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
): Promise<Cluster> {
  const user = unprivilegedUser();
  const native = reachableFor(user, await postgresBinaries(major), folder);
  const data = join(folder, 'data');
  const password = await initialize(join(native, 'bin', 'initdb'), folder, data, user);
  await appendFile(join(data, 'postgresql.conf'), configuration(folder, settings));
  for (const [name, text] of Object.entries(files)) await writeServerFile(join(data, name), text, user);
  return { folder, data, password, user, logFile: join(folder, 'log'), program: join(native, 'bin', 'postgres') };
}

async function initialize(initdb: string, folder: string, data: string, user: Identity | undefined): Promise<string> {
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  giveTo(user, passwordFile);
  await chmod(folder, 0o700);
  const options = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync'];
  await run(initdb, ['-U', 'postgres', '-D', data, ...options], { ...user, cwd: folder, env: serverEnvironment });
  return password;
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
