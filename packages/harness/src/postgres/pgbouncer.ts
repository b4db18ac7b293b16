import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { waitFor } from '../wait-for.ts';
import type { TestDatabase } from './test-database.ts';

/** A PgBouncer in front of a database, which every client reaches as role crossbar. */
export interface PgBouncer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/** The version of the installed PgBouncer; undefined if there is none: no npm package contains it. */
export function pgBouncerVersion(): readonly [major: number, minor: number] | undefined {
  const { stdout } = spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/**
 * Starts PgBouncer.
 *
 * @param mode `session`, `transaction` or `statement`
 */
export async function startPgBouncer({ name, config }: TestDatabase, mode: string): Promise<PgBouncer> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-pgbouncer-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const [file, port] = [join(folder, 'pgbouncer.ini'), await freePort()];
  const settings = `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any\npool_mode = ${mode}\n`;
  const target = `host=${config.host} port=${config.port} user=crossbar password=crossbar`;
  await writeFile(file, `[databases]\n${name} = ${target}\n[pgbouncer]\n${settings}`);
  // It refuses to run as root.
  await chmod(folder, 0o755);
  const child = spawn('pgbouncer', [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), file], { stdio: 'ignore' });
  await once(child, 'spawn');
  stack.defer(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await waitFor(() => takesConnections(port), { what: 'PgBouncer to listen' });
  const kept = stack.move();
  return { host: '127.0.0.1', port, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  return true;
}
