import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { sharedPostgres, startPostgres, startProcess, waitFor } from '../src/index.ts';

describe('PostgreSQL for tests', () => {
  it('has the requested version and logical decoding', async () => {
    const server = await sharedPostgres();
    await using client = await server.connect();
    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int / 10000 AS version,
              current_setting('wal_level') AS wal_level`,
    );
    expect(rows[0]).to.deep.equal({ version: server.version, wal_level: 'logical' });
    if (process.env.PG_VERSION) expect(server.version).to.equal(Number(process.env.PG_VERSION));
  });

  it('drops a test database with its clients and its replication slots', async () => {
    const server = await sharedPostgres();
    const database = await server.createDatabase();
    await using client = await database.connect();
    await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [database.name]);
    await database[Symbol.asyncDispose]();

    await using superuser = await server.connect();
    const left = await superuser.query(
      'SELECT FROM pg_database WHERE datname = $1 UNION ALL SELECT FROM pg_replication_slots WHERE database = $1',
      [database.name],
    );
    expect(left.rowCount).to.equal(0);
  });

  it('crashes, and restarts on the same port with the committed data', async () => {
    await using server = await startPostgres({ own: true, settings: { wal_level: 'replica' } });
    await using database = await server.createDatabase();
    await using before = await database.connect();
    await before.query('CREATE TABLE kept AS SELECT 1 AS value');
    const { pid } = server;
    await server.stop('immediate');
    await server.start();

    await using after = await database.connect();
    const { rows } = await after.query(`SELECT value, current_setting('wal_level') AS wal_level FROM kept`);
    expect(rows).to.deep.equal([{ value: 1, wal_level: 'replica' }]);
    expect(server.pid).not.to.equal(pid);
    expect(await server.log()).to.include('automatic recovery in progress');
  });

  it('ends with the process that has started it', async () => {
    await using owner = await startProcess(join(import.meta.dirname, 'fixtures', 'own-server.ts'));
    const { data, pid } = await owner.waitFor((message) => 'port' in message, 30_000);
    expect(existsSync(join(String(data), 'postmaster.pid')), `server ${pid} runs`).to.equal(true);
    owner.kill('SIGKILL');
    await waitFor(() => !existsSync(join(String(data), '..')), {
      what: 'server and data to be gone',
      deadline: 20_000,
    });
  });

  it('reports the log of a server that does not start', async () => {
    const failure = await startPostgres({ settings: { max_connections: 'many' } }).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(failure?.message).to.match(/did not start.*max_connections/s);
  });
});
