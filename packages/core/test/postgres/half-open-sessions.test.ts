import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { DatabaseLostError } from '@pgwamp/core';
import { sharedPostgres, startTcpProxy, waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import {
  Connection,
  connectClient,
  PooledSession,
  ReplicationStream,
  type RowConsumer,
} from '../../src/postgres/index.ts';
import { activityOf, endProcess, serverProcessOf } from '../../src/postgres/sessions/server-process.ts';
import { installedDatabase, type PreparedDatabase } from '../support/database.ts';
import { answer, type SessionStage, sessionStage, transaction } from '../support/session-stage.ts';

const heartbeat = { interval: 200, timeout: 1300 };
/** The settings as PostgreSQL shows them. */
const settings = ['1', '1', '3', '3000', '1500ms'];

const shown = `SELECT ARRAY(SELECT current_setting('tcp_' || name) FROM unnest(ARRAY['keepalives_idle', 'keepalives_interval', 'keepalives_count',
  'user_timeout']) AS name) || current_setting('client_connection_check_interval') AS settings`;

/** Locked rows in a session whose network connection can be cut, and the number of rows that the consumer received. */
async function streamUnderLock(stage: SessionStage) {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await startTcpProxy(await sharedPostgres()));
  const { host, port } = proxy;
  const session = await stage.open({ host, port, heartbeat });
  const suspended = Promise.withResolvers<(more: boolean) => void>();
  const rows: RowConsumer = () => new Promise((resolve) => suspended.resolve(resolve));
  const lock = `SELECT pg_advisory_xact_lock(1500), generate_series(1, 1000)`;
  const run = rejection(session.run({ ...transaction(lock), rows }));
  const goOn = await suspended.promise;
  // The line dies without a word, and others still reach PostgreSQL.
  proxy.swallow();
  await proxy.resume();
  const kept = stack.move();
  return { session, run, goOn, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function lockIsFree(stage: SessionStage): Promise<unknown> {
  const free = async () =>
    (await stage.sql.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 1500`)).rowCount === 0;
  return waitFor(free, { what: 'the lock to be released' });
}

describe('Half-open session with a suspended portal', () => {
  let stage: SessionStage;

  before(async () => {
    stage = await sessionStage();
  });

  after(() => stage?.[Symbol.asyncDispose]());

  it('is lost, and releases its locks, when more rows are requested', async () => {
    await using stream = await streamUnderLock(stage);
    stream.goOn(true);
    expect(await stream.run).to.be.instanceOf(DatabaseLostError);
    expect(stream.session.lost.reason.message).to.include('waiting for its client');
    await lockIsFree(stage);
  });

  it('releases its locks when it is canceled', async () => {
    await using stream = await streamUnderLock(stage);
    await stream.session.cancel();
    expect(await stream.run).to.be.instanceOf(DatabaseLostError);
    await lockIsFree(stage);
  });

  it('is not assumed while its consumer or its statement takes longer', async () => {
    const session = await stage.open({ heartbeat: { interval: 20, timeout: 100 } });
    const rows: RowConsumer = async () => {
      await stage.sql.query('SELECT pg_sleep(0.5)');
      return true;
    };
    await withDeadline(
      session.run({ ...transaction('SELECT generate_series(1, 100)'), rows }),
      30_000,
      'the rows to come',
    );
    expect(await answer(session, 'SELECT pg_sleep(1)')).to.equal('');
    expect(session.lost.aborted).to.equal(false);
  });
});

describe('Server process', () => {
  it('is identified by its id and its start time', async () => {
    await using database = await installedDatabase();
    const client = await connectClient(database.crossbar, 'test');
    try {
      const process = await serverProcessOf(client);
      expect(await activityOf(database.crossbar, process)).to.equal('waiting for its client');
      const former = { id: process.id, start: '0000000000000000' };
      expect(await activityOf(database.crossbar, former)).to.equal('gone');
      await endProcess(database.crossbar, former);
      const slow = client.query('SELECT pg_sleep(60)').catch((error: Error) => error.message);
      await waitFor(async () => (await activityOf(database.crossbar, process)) === 'at work', {
        what: 'the statement',
      });
      await endProcess(database.crossbar, process);
      expect(await slow).to.include('terminating connection');
    } finally {
      await client.end();
    }
  });
});

describe('TCP settings of a session', () => {
  it('follow the heartbeat, also after each reset', async () => {
    await using stage = await sessionStage();
    const session = await stage.open({ heartbeat });
    const read = () => answer(session, `SELECT array_to_json(settings) FROM (${shown}) AS shown`);
    expect(JSON.parse((await read()) ?? '')).to.deep.equal(settings);
    await answer(session, `SELECT set_config('tcp_user_timeout', '0', false)`);
    expect(JSON.parse((await read()) ?? '')).to.deep.equal(settings);
  });

  it('are set in addition to the options of a URI', async () => {
    await using database = await installedDatabase();
    await using control = await Connection.open(withOptions(database, '-c work_mem=1234kB'), 'test');
    expect(await control.query(shown)).to.deep.equal([{ settings }]);
    expect(await control.query('SHOW work_mem')).to.deep.equal([{ work_mem: '1234kB' }]);
  });

  it('are set for a walsender too, whose settings the options of a URI do not change', async () => {
    await using database = await installedDatabase();
    const configuration = withOptions(database, '-c DateStyle=SQL,DMY -c wal_sender_timeout=0');
    const stream = await ReplicationStream.start(
      configuration,
      'test',
      {
        slot: database.name,
        publications: ['crossbar'],
        limit: 1000,
        prepare: `SELECT pg_create_logical_replication_slot('${database.name}', 'pgoutput', true); CREATE TABLE crossbar.seen AS ${shown}, current_setting('DateStyle') AS style, current_setting('wal_sender_timeout') AS patience`,
      },
      { data: () => {}, keepalive: () => {}, flush: () => {}, lost: () => {} },
    );
    await stream.close();
    await using superuser = await database.connect();
    const { rows } = await superuser.query('SELECT * FROM crossbar.seen');
    const atWalsender = settings.with(3, '0');
    expect(rows).to.deep.equal([{ settings: atWalsender, style: 'ISO, YMD', patience: '3s' }]);
  });
});

describe('Pooler that refuses the startup parameter options', () => {
  it('is connected to without this parameter', async () => {
    await using database = await installedDatabase();
    let refusals = 0;
    const { host, port } = database.config;
    const server = createServer((client) => {
      client.on('error', () => client.destroy());
      client.once('data', (startup) => {
        if (startup.includes('\0options\0')) {
          refusals += 1;
          client.end(refusal);
          return;
        }
        const behind = connect(port, host);
        behind.write(startup);
        client.pipe(behind).pipe(client);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as { port: number };
      await using connection = await Connection.open({ ...database.crossbar, host: '127.0.0.1', port }, 'test');
      expect(await connection.query('SELECT 1 AS one')).to.deep.equal([{ one: 1 }]);
      expect(refusals).to.equal(1);
      // Sessions that run functions are reset to the same settings all the same.
      await using superuser = await database.connect();
      for (const change of [`array_nulls = off`, `crossbar.caller_authid = 'forged'`, 'idle_session_timeout = 77777'])
        await superuser.query(`ALTER DATABASE ${database.name} SET ${change}`);
      const ours = `SELECT concat_ws(' ', current_setting('array_nulls'), current_setting('idle_session_timeout'),
        '(' || current_setting('crossbar.caller_authid') || ')')`;
      await using direct = await PooledSession.open(database.crossbar, { applicationName: 'test' });
      const through = { ...database.crossbar, host: '127.0.0.1', port };
      await using pooled = await PooledSession.open(through, { applicationName: 'test' });
      for (const session of [direct, pooled]) {
        for (const _round of [1, 2]) {
          expect(await answer(session, ours)).to.match(/^on \d+m?s \(\)$/);
          await session.run(transaction(`SET array_nulls = off`, `SET crossbar.caller_authid = 'other'`));
        }
      }
      const [own, others] = [await answer(direct, ours), await answer(pooled, ours)];
      expect(own).to.equal(others).and.not.include('77');
    } finally {
      server.close();
    }
  });
});

/** As PgBouncer answers. */
const refusal = Buffer.from('E\0\0\0\x3bSFATAL\0C08P01\0Munsupported startup parameter: options\0\0', 'latin1');

function withOptions(database: PreparedDatabase, options: string): DatabaseConfiguration {
  const { host, port } = database.config;
  const query = `options=${encodeURIComponent(options)}`;
  return { uri: `postgres://crossbar:crossbar@${host}:${port}/${database.name}?${query}`, heartbeat };
}
