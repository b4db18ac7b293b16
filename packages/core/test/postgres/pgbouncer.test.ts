import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PoolerError } from '@pgwamp/core';
import { freePort, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, chooseDelivery } from '../../src/postgres/index.ts';
import { databaseConfiguration, preparedDatabase } from '../support/database.ts';

const [, major, minor] = /(\d+)\.(\d+)/.exec(spawnSync('pgbouncer', ['--version']).stdout?.toString() ?? '') ?? [];

/** A database behind PgBouncer. */
async function startPgBouncer(mode: string) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await preparedDatabase());
  const { host, port: server } = database.config;
  const folder = await mkdtemp(join(tmpdir(), 'pgwamp-pgbouncer-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const [file, port] = [join(folder, 'pgbouncer.ini'), await freePort()];
  const settings = `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =\nauth_type = any\npool_mode = ${mode}\n`;
  const target = `host=${host} port=${server} user=crossbar password=crossbar`;
  await writeFile(file, `[databases]\n${database.name} = ${target}\n[pgbouncer]\n${settings}`);
  // It refuses to run as root.
  await chmod(folder, 0o755);
  const child = spawn('pgbouncer', [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), file], { stdio: 'ignore' });
  await once(child, 'spawn');
  stack.defer(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  await waitFor(() => takesConnections(port), { what: 'PgBouncer to listen' });
  const through = databaseConfiguration({ ...database.crossbar, host: '127.0.0.1', port });
  const kept = stack.move();
  return { through, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  return true;
}

// Only where PgBouncer is installed: no npm package contains it.
if (major !== undefined) {
  describe(`PgBouncer ${major}.${minor}`, () => {
    for (const mode of ['transaction', 'statement']) {
      it(`is refused with pool_mode = ${mode}`, async () => {
        await using stage = await startPgBouncer(mode);
        expect(await rejection(Connection.open(stage.through, 'test'))).to.be.instanceOf(PoolerError);
      });
    }

    it('is accepted with pool_mode = session, by wal if it passes replication on', async () => {
      await using stage = await startPgBouncer('session');
      await using connection = await Connection.open(stage.through, 'test');
      const choice = await chooseDelivery(connection, 'auto', { database: stage.through, slot: 'mine' });
      const passes = Number(major) > 1 || Number(minor) >= 23;
      expect(choice.delivery, String(choice.missing)).to.equal(passes ? 'wal' : 'outbox');
      if (!passes) expect(choice.missing.join()).to.match(/^no replication connection can be opened: .*replication/);
    });
  });
}
