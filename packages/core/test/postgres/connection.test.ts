import { getEventListeners } from 'node:events';
import { DatabaseLostError } from '@pgwamp/core';
import { connect, sharedPostgres, startTcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, queryPatiently } from '../../src/postgres/index.ts';
import { abortion } from '../support/abort.ts';
import { backendsOf, terminate } from '../support/backends.ts';
import { databaseConfiguration, impatient } from '../support/database.ts';

async function testDatabase() {
  const database = await (await sharedPostgres()).createDatabase();
  return { ...database, configuration: databaseConfiguration(database.config) };
}

describe('Connection', () => {
  it('is a separate session with its application_name', async () => {
    await using database = await testDatabase();
    const long = 'x'.repeat(100);
    await using connection = await Connection.open(database.configuration, long);
    expect(await backendsOf(database, long.slice(0, 63))).to.deep.equal([connection.processId]);
    expect(await connection.query('SELECT $1::int + 1 AS sum', [1])).to.deep.equal([{ sum: 2 }]);
  });

  it('runs statements one after the other, for any outcome', async () => {
    await using database = await testDatabase();
    await using connection = await Connection.open(database.configuration, 'test');
    const answers = await Promise.allSettled([
      connection.query('CREATE TEMP TABLE one (n int); INSERT INTO one VALUES (1); SELECT n + 1 AS n FROM one'),
      connection.query('SELECT 1 / 0'),
      connection.query('SELECT n FROM one WHERE n = $1', [1]),
    ]);
    expect(answers[0]).to.deep.include({ value: [{ n: 2 }] });
    expect(answers[1]).to.have.nested.property('reason.code', '22012');
    expect(answers[2]).to.deep.include({ value: [{ n: 1 }] });
  });

  it('releases its listeners after each statement', async () => {
    await using database = await testDatabase();
    await using connection = await Connection.open(database.configuration, 'test');
    const before = getEventListeners(connection.lost, 'abort').length;
    await connection.query('SELECT 1');
    await connection.query('SELECT 1 / 0').catch(() => undefined);
    expect(getEventListeners(connection.lost, 'abort')).to.have.length(before);
  });

  it('receives the notifications of its channels', async () => {
    await using database = await testDatabase();
    await using connection = await Connection.open(database.configuration, 'test');
    const heard: string[][] = [];
    connection.onNotification((channel, payload) => heard.push([channel, payload]));
    await connection.query(`LISTEN "a b"; NOTIFY "a b"; NOTIFY "a b", 'x'`);
    expect(heard).to.deep.equal([
      ['a b', ''],
      ['a b', 'x'],
    ]);
  });

  it('answers queued statements before close(), which can be called twice and is not a loss', async () => {
    await using database = await testDatabase();
    const connection = await Connection.open(database.configuration, 'closing');
    const answers = [1, 2, 3].map((n) => connection.query('SELECT pg_sleep(0.02), $1::int AS n', [n]));
    await Promise.all([connection.close(), connection.close()]);
    expect((await Promise.all(answers)).map(([row]) => Reflect.get(row ?? {}, 'n'))).to.deep.equal([1, 2, 3]);
    expect(connection.lost.aborted).to.equal(false);
    await waitFor(async () => (await backendsOf(database, 'closing')).length === 0, { what: 'the session to end' });
  });

  it('refuses statements after close() and destroy()', async () => {
    await using database = await testDatabase();
    const closed = await Connection.open(database.configuration, 'test');
    await closed.close();
    expect(await rejection(closed.query('SELECT 1'))).to.be.instanceOf(DatabaseLostError);
    const givenUp = await Connection.open(database.configuration, 'test');
    givenUp.destroy();
    expect(await rejection(givenUp.query('SELECT 1'))).to.equal(givenUp.lost.reason);
  });
});

describe('Connection: loss', () => {
  it('is detected immediately when the server process is terminated, and fails the running statement', async () => {
    await using database = await testDatabase();
    await using connection = await Connection.open(database.configuration, 'test');
    const answer = rejection(connection.query('SELECT pg_sleep(60)', [], { timeout: Number.POSITIVE_INFINITY }));
    await terminate(database, connection.processId);
    expect(await abortion(connection.lost)).to.be.instanceOf(DatabaseLostError);
    expect(await answer).to.be.instanceOf(Error);
    expect(await rejection(connection.query('SELECT 1'))).to.equal(connection.lost.reason);
  });

  it('is detected on a half-open connection after heartbeat.interval + heartbeat.timeout', async () => {
    await using database = await testDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    const { host, port } = proxy;
    const configuration = databaseConfiguration({ ...database.config, host, port, heartbeat: impatient });
    await using connection = await Connection.open(configuration, 'test');
    proxy.swallow();
    const begin = performance.now();
    const reason = await abortion(connection.lost, 5000);
    expect(reason.message).to.include('no answer within 300 ms');
    expect(performance.now() - begin).to.be.at.least(250);
  });

  it('is detected by PostgreSQL too, which then releases the locks of the transaction', async () => {
    await using database = await testDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    const { host, port } = proxy;
    // Shorter ones would also be exceeded where the machine is busy.
    const heartbeat = { interval: 200, timeout: 1500 };
    const configuration = databaseConfiguration({ ...database.config, host, port, heartbeat });
    await using connection = await Connection.open(configuration, 'test');
    await using other = await connect(database.config);
    await connection.query('CREATE TABLE public.locked ()');
    await connection.query('BEGIN; LOCK TABLE public.locked');
    // A transaction may take long, and the probe also shows PostgreSQL that this client is alive.
    const age =
      'SELECT extract(epoch FROM clock_timestamp() - xact_start) * 1000 AS age FROM pg_stat_activity WHERE pid = $1';
    const isOld = async () =>
      (await other.query(age, [connection.processId])).rows[0]?.age > 3 * (heartbeat.interval + heartbeat.timeout);
    await waitFor(isOld, { what: 'the transaction to be old' });
    expect(connection.lost.aborted).to.equal(false);
    proxy.swallow();
    await withDeadline(other.query('BEGIN; LOCK TABLE public.locked; COMMIT'), 20_000, 'the lock');
  });

  it('is assumed when a statement does not answer in time', async () => {
    await using database = await testDatabase();
    await using connection = await Connection.open(database.configuration, 'test');
    const slow = rejection(connection.query('SELECT pg_sleep(60)', [], { timeout: 50 }));
    const queued = rejection(connection.query('SELECT 1'));
    expect(await slow).to.equal(connection.lost.reason);
    expect(await queued).to.equal(connection.lost.reason);
    expect(connection.lost.reason.message).to.include('no answer within 50 ms');
  });

  it('is not assumed while an answer is still arriving', async () => {
    await using database = await testDatabase();
    const heartbeat = { interval: 60_000, timeout: 1000 };
    await using connection = await Connection.open({ ...database.configuration, heartbeat }, 'test');
    // PostgreSQL sends whenever it has 8 KiB.
    const rows = await connection.query(`SELECT repeat('x', 100000), pg_sleep(0.25) FROM generate_series(1, 8)`);
    expect(rows).to.have.length(8);
  });

  it('reports the blockers of a statement, and cancels it on stop', async () => {
    await using database = await testDatabase();
    await using connection = await Connection.open(database.configuration, 'test');
    await using other = await connect(database.config);
    const { rows } = await other.query('SELECT pg_backend_pid() AS pid, pg_advisory_lock(1)');
    const stop = new AbortController();
    const waited: number[][] = [];
    const waiting = (processIds: readonly number[]) => {
      waited.push([...processIds]);
      stop.abort();
    };
    const lock = queryPatiently(connection, 'SELECT pg_advisory_lock(1)', [], { stop: stop.signal, waiting });
    expect(await rejection(lock)).to.have.property('code', '57014');
    expect(waited).to.deep.equal([[rows[0].pid]]);
    expect(await connection.query('SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
  });

  it('is not assumed for a statement without a timeout', async () => {
    await using database = await testDatabase();
    const heartbeat = { interval: 200, timeout: 1000 };
    await using connection = await Connection.open({ ...database.configuration, heartbeat }, 'test');
    await using other = await connect(database.config);
    await other.query('SELECT pg_advisory_lock(1)');
    const lock = connection.query('SELECT pg_advisory_lock(1)', [], { timeout: Number.POSITIVE_INFINITY });
    await other.query('SELECT pg_sleep(1.5), pg_advisory_unlock(1)');
    await lock;
    expect(connection.lost.aborted).to.equal(false);
  });

  it('does not delay close()', async () => {
    await using database = await testDatabase();
    await using proxy = await startTcpProxy(await sharedPostgres());
    const { host, port } = proxy;
    const heartbeat = { interval: 60_000, timeout: 300 };
    const configuration = databaseConfiguration({ ...database.config, host, port, heartbeat });
    const connection = await Connection.open(configuration, 'test');
    proxy.swallow();
    expect(await withDeadline(connection.close(), 10_000, 'the connection to close')).to.equal(undefined);
  });
});
