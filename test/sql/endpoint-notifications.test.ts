import { waitFor } from '@pgwamp/harness';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage, somebodyWaits } from '@pgwamp/harness/fixtures/sql-endpoints';
import { expect } from 'chai';

const registrations = 'SELECT id, uri, match, function, owner, role, options FROM crossbar.registrations ORDER BY id';
const subscriptions = 'SELECT id, uri, match, handler, owner, role, options FROM crossbar.subscriptions ORDER BY id';

/** Runs a statement that returns one value as the role of the application. */
function asApp({ sql, app, as }: EndpointStage, statement: string): Promise<unknown> {
  return as(app, () => value(sql, statement));
}

/** Everything that components are told, told once the statements after it have been. */
async function listen({ database, sql }: EndpointStage) {
  const listener = await database.connect();
  const heard: string[] = [];
  listener.on('notification', ({ payload = '' }) => heard.push(payload));
  await listener.query('LISTEN crossbar_endpoint');
  return {
    heardBy: async (end: string) => {
      await sql.query('SELECT pg_notify($1, $2)', ['crossbar_endpoint', end]);
      await waitFor(() => heard.includes(end), { what: `the notification ${end}` });
      return heard.splice(0).filter((payload) => payload !== end);
    },
    [Symbol.asyncDispose]: () => listener.end(),
  };
}

describe('Notifications about endpoints', () => {
  it('report every change after COMMIT', async () => {
    await using stage = await openEndpointStage();
    await using listener = await listen(stage);
    const registration = await asApp(stage, `SELECT crossbar.register('com.a', 'add2(integer, integer)')`);
    const subscription = await asApp(stage, `SELECT crossbar.subscribe('com.a', 'add2(integer, integer)')`);
    const both = [`registration ${registration}`, `subscription ${subscription}`];
    expect(await listener.heardBy('made')).to.deep.equal(both);
    await asApp(stage, `SELECT crossbar.register('com.a', 'add2(integer, integer)', '{"retries": 2}')`);
    await asApp(stage, `SELECT crossbar.subscribe('com.a', 'add2(integer, integer)', '{"retries": 2}')`);
    expect(await listener.heardBy('replaced')).to.deep.equal(both);
    await asApp(stage, `SELECT crossbar.unregister('com.a')`);
    await asApp(stage, `SELECT crossbar.unsubscribe(${subscription})`);
    expect(await listener.heardBy('removed')).to.deep.equal(both);
  });

  it('do not report rolled back changes, as a whole or to a savepoint', async () => {
    await using stage = await openEndpointStage();
    const { sql } = stage;
    await using listener = await listen(stage);
    const id = await value(
      sql,
      `SELECT crossbar.register('com.kept', 'add2(integer, integer)', '{"run_as": "crossbar"}')`,
    );
    await listener.heardBy('before');
    const before = await rows(sql, registrations);
    const change = `SELECT crossbar.register('com.kept', 'add2(integer, integer)', '{"run_as": "caller"}'),
      crossbar.register('com.new', 'add2(integer, integer)', '{"run_as": "caller"}');
      SELECT crossbar.subscribe('com.new', 'add2(integer, integer)', '{"run_as": "caller"}');
      SELECT crossbar.unregister('com.kept')`;
    await sql.query(`BEGIN; ${change}; ROLLBACK`);
    await sql.query(`BEGIN; SAVEPOINT one; ${change}; ROLLBACK TO one; COMMIT`);
    expect(await rows(sql, registrations)).to.deep.equal(before);
    expect(await rows(sql, subscriptions)).to.deep.equal([]);
    expect(await listener.heardBy('rolled back')).to.deep.equal([]);
    await sql.query(`BEGIN; SAVEPOINT one; SELECT crossbar.unregister('com.kept'); RELEASE one; COMMIT`);
    expect(await listener.heardBy('committed')).to.deep.equal([`registration ${id}`]);
  });

  it('report one registration if two sessions register a procedure at the same time', async () => {
    await using stage = await openEndpointStage();
    await using other = await stage.database.connect();
    const register = `SELECT crossbar.register('com.a', 'add2(integer, integer)', '{"run_as": "crossbar"}')`;
    await stage.sql.query('BEGIN');
    const first = await value(stage.sql, register);
    const second = value(other, register);
    await waitFor(async () => value(stage.sql, somebodyWaits), { what: 'the second session to wait for the first' });
    await stage.sql.query('COMMIT');
    expect(await second).to.equal(first);
    expect(await rows(stage.sql, registrations)).to.have.length(1);
  });
});
