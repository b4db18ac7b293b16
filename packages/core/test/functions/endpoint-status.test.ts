import { type Connection as Client, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { pino } from 'pino';
import { EndpointStatus } from '../../src/functions/endpoints/endpoint-status.ts';
import { Connection } from '../../src/postgres/index.ts';
import { installedDatabase, type PreparedDatabase } from '../support/database.ts';

const quiet = pino({ level: 'silent' });

/** A database with some registrations, the superuser's session, and ids of the registrations. */
async function stage(count: number) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await installedDatabase());
  const sql = stack.use(await database.connect());
  const { rows } = await sql.query<{ id: string }>(
    `SELECT crossbar.register('com.example.' || number, 'pg_catalog.abs(integer)', '{"run_as": "crossbar"}') AS id
     FROM generate_series(1, ${count}) AS number`,
  );
  const kept = stack.move();
  return { database, sql, ids: rows.map(({ id }) => id), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A status on a connection of its own. */
async function openLog(database: PreparedDatabase) {
  const connection = await Connection.open(database.crossbar, 'status');
  const status = new EndpointStatus(connection, 'realm1', quiet);
  return {
    connection,
    status,
    async [Symbol.asyncDispose]() {
      await status[Symbol.asyncDispose]();
      await connection.close();
    },
  };
}

async function registrations(sql: Client, columns = 'uri, state, error') {
  return (await sql.query(`SELECT ${columns} FROM crossbar.registrations ORDER BY id`)).rows;
}

describe('EndpointStatus', () => {
  it('stores reported states until they are withdrawn', async () => {
    await using test = await stage(3);
    await using own = await openLog(test.database);
    const [first = '', second = '', third = ''] = test.ids;
    own.status.report([
      { endpoint: first, state: 'registered' },
      { endpoint: second, state: 'refused', error: 'somebody else has it\0' },
    ]);
    own.status.report([{ endpoint: third, state: 'registered' }]);
    own.status.report([{ endpoint: third, state: 'unusable', error: 'it was dropped' }]);
    const settled = async () => (await registrations(test.sql)).every(({ state }) => state !== 'waiting');
    await waitFor(settled, { what: 'all states' });
    await waitFor(async () => (await registrations(test.sql))[2].state === 'unusable', { what: 'the last state' });
    expect(await registrations(test.sql)).to.deep.equal([
      { uri: 'com.example.1', state: 'registered', error: null },
      { uri: 'com.example.2', state: 'refused', error: 'somebody else has it\u{fffd}' },
      { uri: 'com.example.3', state: 'unusable', error: 'it was dropped' },
    ]);
    own.status.report([{ endpoint: second, state: undefined }]);
    await waitFor(async () => (await registrations(test.sql))[1].state === 'waiting', { what: 'it to be taken back' });
  });

  it('shows "registered" as long as one of several sessions reports it, and removes states of ended sessions', async () => {
    await using test = await stage(1);
    const [endpoint = ''] = test.ids;
    await using one = await openLog(test.database);
    await using other = await openLog(test.database);
    one.status.report([{ endpoint, state: 'registered' }]);
    other.status.report([{ endpoint, state: 'refused', error: 'it is taken' }]);
    const told = 'SELECT count(*)::int AS told FROM crossbar._endpoint_state';
    await waitFor(async () => (await test.sql.query(told)).rows[0].told === 2, { what: 'both states' });
    expect(await registrations(test.sql, 'state')).to.deep.equal([{ state: 'registered' }]);
    await test.sql.query('SELECT pg_terminate_backend($1)', [one.connection.processId]);
    await waitFor(async () => (await registrations(test.sql))[0].state === 'refused', {
      what: 'the other to be shown',
    });
    await using _next = await openLog(test.database);
    await waitFor(async () => (await test.sql.query(told)).rows[0].told === 1, {
      what: 'the dead state to be removed',
    });
    // Another session has the process id of one that has ended.
    await test.sql.query(
      `UPDATE crossbar._endpoint_state SET backend_start = backend_start - interval '1 microsecond'`,
    );
    expect(await registrations(test.sql, 'state')).to.deep.equal([{ state: 'waiting' }]);
    await using _last = await openLog(test.database);
    await waitFor(async () => (await test.sql.query(told)).rows[0].told === 0, {
      what: 'the state of the former session to be removed',
    });
  });

  it('adds up the counts of all components, and keeps the latest error', async () => {
    await using test = await stage(2);
    const [first = '', second = ''] = test.ids;
    await using one = await openLog(test.database);
    await using other = await openLog(test.database);
    for (let calls = 0; calls < 1000; calls += 1) one.status.count(first, 'handled');
    one.status.count(first, 'failed', 'no');
    other.status.count(second, 'dropped', undefined, 7);
    other.status.count(first, 'handled');
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    expect(await registrations(test.sql, 'calls, failed, last_error')).to.deep.equal([
      { calls: '1002', failed: '1', last_error: 'no' },
      { calls: '0', failed: '0', last_error: null },
    ]);
    const { rows } = await test.sql.query('SELECT endpoint, dropped FROM crossbar._endpoint_count WHERE dropped > 0');
    expect(rows).to.deep.equal([{ endpoint: second, dropped: '7' }]);
  });

  it('removes states and counts of deleted endpoints, and its own states on dispose', async () => {
    await using test = await stage(2);
    const [first = '', second = ''] = test.ids;
    const left = `SELECT (SELECT count(*) FROM crossbar._endpoint_state) + (SELECT count(*) FROM crossbar._endpoint_count) AS left`;
    await test.sql.query(`SELECT crossbar.unregister('com.example.1')`);
    await using one = await openLog(test.database);
    one.status.report([
      { endpoint: first, state: 'registered' },
      { endpoint: second, state: 'registered' },
    ]);
    one.status.count(first, 'handled');
    await one[Symbol.asyncDispose]();
    expect((await test.sql.query(left)).rows).to.deep.equal([{ left: '1' }]);
    await using _next = await openLog(test.database);
    await waitFor(async () => (await test.sql.query(left)).rows[0].left === '0', { what: 'the rest to be removed' });
  });

  it('does not wait for open transactions that register or unregister', async () => {
    await using test = await stage(1);
    const [endpoint = ''] = test.ids;
    await test.sql.query(`BEGIN; SELECT crossbar.unregister('com.example.1')`);
    await using own = await openLog(test.database);
    own.status.report([{ endpoint, state: 'registered' }]);
    own.status.count(endpoint, 'handled');
    await own[Symbol.asyncDispose]();
    await test.sql.query('ROLLBACK');
    expect(await registrations(test.sql, 'calls, state')).to.deep.equal([{ calls: '1', state: 'waiting' }]);
  });
});
