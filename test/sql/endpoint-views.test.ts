import { type Connection, waitFor } from '@pgwamp/harness';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage, somebodyWaits } from '@pgwamp/harness/fixtures/sql-endpoints';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

/** A connection of role crossbar, as a component has one. */
function connectComponent({ database }: EndpointStage): Promise<Connection> {
  return database.connect(crossbarLogin(database));
}

/** Says what a component makes of an endpoint. */
function report(component: Connection, endpoint: unknown, state: string, error: string | null = null) {
  return component.query(
    `INSERT INTO crossbar._endpoint_state (endpoint, realm, process_id, backend_start, state, error)
     SELECT $1, 'realm1', pid, backend_start, $2, $3 FROM pg_stat_activity WHERE pid = pg_backend_pid()
     ON CONFLICT (endpoint, process_id, backend_start) DO UPDATE SET state = excluded.state, error = excluded.error`,
    [endpoint, state, error],
  );
}

describe('crossbar.registrations and crossbar.subscriptions', () => {
  it('show the best state of all running components, and "waiting" without one', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, as } = stage;
    const id = await as(app, () => value(sql, `SELECT crossbar.register('com.a', 'add2(integer, integer)')`));
    await as(app, () => sql.query(`SELECT crossbar.register('com.b', 'add2(integer, integer)')`));
    const state = async () =>
      (await rows<{ state: string }>(sql, `SELECT state, error FROM crossbar.registrations WHERE uri = 'com.a'`))[0];
    expect(await state()).to.deep.equal({ state: 'waiting', error: null });
    await using first = await connectComponent(stage);
    await report(first, id, 'refused', 'wamp.error.procedure_already_exists');
    expect(await state()).to.deep.equal({ state: 'refused', error: 'wamp.error.procedure_already_exists' });
    {
      await using second = await connectComponent(stage);
      await report(second, id, 'registered');
      expect(await state()).to.deep.equal({ state: 'registered', error: null });
      await report(second, id, 'unusable', 'it is gone');
      await report(first, id, 'registered');
      expect(await state()).to.deep.equal({ state: 'registered', error: null });
      await report(second, id, 'registered');
      await report(first, id, 'unusable', 'it is gone');
    }
    const fallsBack = async () => (await state())?.state === 'unusable';
    await waitFor(fallsBack, { what: 'the second component to be gone' });
    expect(await value(sql, `SELECT state FROM crossbar.registrations WHERE uri = 'com.b'`)).to.equal('waiting');
    await first.query(`UPDATE crossbar._endpoint_state SET backend_start = backend_start - interval '1 microsecond'`);
    expect(await state()).to.deep.equal({ state: 'waiting', error: null });
  });

  it('count calls and events, and show the last error', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, as } = stage;
    const registration = await as(app, () => value(sql, `SELECT crossbar.register('com.a', 'add2(integer, integer)')`));
    const subscription = await as(app, () =>
      value(sql, `SELECT crossbar.subscribe('com.a', 'add2(integer, integer)')`),
    );
    const nothing = { state: 'waiting', error: null, failed: '0', last_error: null, last_error_at: null };
    expect((await rows(sql, 'SELECT * FROM crossbar.registrations'))[0]).to.deep.include({ ...nothing, calls: '0' });
    expect((await rows(sql, 'SELECT * FROM crossbar.subscriptions'))[0]).to.deep.include({
      ...nothing,
      events: '0',
      dropped: '0',
    });
    await using component = await connectComponent(stage);
    await component.query(
      `INSERT INTO crossbar._endpoint_count VALUES ($1, 5, 1, 0, 'division by zero', '2026-01-01Z'), ($2, 7, 2, 3, NULL, NULL)`,
      [registration, subscription],
    );
    await report(component, subscription, 'subscribed');
    const [called] = await rows<{ last_error_at: Date }>(sql, 'SELECT * FROM crossbar.registrations');
    expect(called).to.deep.include({ calls: '5', failed: '1', last_error: 'division by zero', state: 'waiting' });
    expect(called?.last_error_at.toISOString()).to.equal('2026-01-01T00:00:00.000Z');
    const [heard] = await rows(sql, 'SELECT * FROM crossbar.subscriptions');
    expect(heard).to.include({ events: '7', failed: '2', dropped: '3', last_error: null, state: 'subscribed' });
  });

  it('can be granted without the underlying tables, and show the same to a role that cannot see other sessions', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const id = await as(app, () => value(sql, `SELECT crossbar.register('com.a', 'add2(integer, integer)')`));
    await using component = await connectComponent(stage);
    await report(component, id, 'registered');
    await sql.query(`GRANT SELECT ON crossbar.registrations, crossbar.subscriptions TO ${stranger}`);
    const seen = await as(stranger, () => rows(sql, 'SELECT uri, state FROM crossbar.registrations'));
    expect(seen).to.deep.equal([{ uri: 'com.a', state: 'registered' }]);
    expect(await as(stranger, () => rows(sql, 'SELECT uri FROM crossbar.subscriptions'))).to.deep.equal([]);
  });
});

describe('crossbar._claim_event', () => {
  const claim = `SELECT crossbar._claim_event('group', 9007199254740992)`;

  it('assigns an event to one Subscriber of each queue group', async () => {
    await using stage = await openEndpointStage();
    await using one = await connectComponent(stage);
    await using two = await connectComponent(stage);
    expect(await value(one, claim)).to.equal(true);
    expect(await value(two, claim)).to.equal(false);
    expect(await value(two, `SELECT crossbar._claim_event('other', 9007199254740992)`)).to.equal(true);
    expect(await value(two, `SELECT crossbar._claim_event('group', 1)`)).to.equal(true);
  });

  it('waits for the Subscriber that handles the event, and assigns it to the next one if that fails', async () => {
    await using stage = await openEndpointStage();
    await using one = await connectComponent(stage);
    await using two = await connectComponent(stage);
    for (const [end, claimed] of [
      ['ROLLBACK', true],
      ['COMMIT', false],
    ] as const) {
      await one.query('TRUNCATE crossbar._claimed_event');
      await one.query('BEGIN');
      expect(await value(one, claim)).to.equal(true);
      const next = value(two, claim);
      await waitFor(() => value(one, somebodyWaits), { what: 'the second Subscriber to wait for the first' });
      await one.query(end);
      expect(await next, end).to.equal(claimed);
    }
  });
});
