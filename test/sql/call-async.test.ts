import { waitFor } from '@pgwamp/harness';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';

const asynchronously = (options: object) =>
  `SELECT crossbar.call_async('com.a', '[1]', NULL, '${JSON.stringify(options)}')`;

async function openAsyncStage(): Promise<EndpointStage> {
  const stage = await openEndpointStage();
  await stage.sql.query(
    `GRANT EXECUTE ON FUNCTION crossbar.call_async TO ${stage.app};
     SELECT crossbar.grant_call('public', 'com.*');
     CREATE FUNCTION called(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql AS '';
     CREATE FUNCTION wrong(id bigint, result jsonb) RETURNS void LANGUAGE sql AS '';
     CREATE FUNCTION private(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql AS '';
     REVOKE EXECUTE ON FUNCTION private FROM PUBLIC`,
  );
  return stage;
}

describe('crossbar.call_async', () => {
  it('stores the call with the requesting role, and shows it in crossbar.calls', async () => {
    await using stage = await openAsyncStage();
    const { sql, app, as } = stage;
    const options = { timeout: 5, disclose_me: true, realm: 'realm1', retries: 2, handler: 'public.called' };
    const id = await as(app, () => value(sql, asynchronously(options)));
    const [call] = await rows(sql, 'SELECT * FROM crossbar.calls');
    expect(call).to.deep.include({
      id,
      realm: 'realm1',
      procedure: 'com.a',
      args: [1],
      kwargs: null,
      options: { timeout: 5, disclose_me: true },
      role: app,
      handler: 'public.called(bigint,jsonb,jsonb)',
      retries: 2,
      state: 'waiting',
      tries: 0,
      result: null,
      error: null,
      settled_at: null,
    });
    const identity = await value(sql, 'SELECT identity FROM crossbar.async_call');
    expect(identity).to.deep.include({ session_user: 'postgres', role: app });
    await sql.query(`SELECT crossbar.call_async('com.b')`);
    const [plain] = await rows(
      sql,
      `SELECT realm, args, options, handler, retries FROM crossbar.calls WHERE procedure = 'com.b'`,
    );
    expect(plain).to.deep.equal({ realm: null, args: null, options: { timeout: 30_000 }, handler: null, retries: 0 });
  });

  it('notifies a Caller once after COMMIT, and not after ROLLBACK', async () => {
    await using stage = await openAsyncStage();
    const { sql, database } = stage;
    await using listener = await database.connect();
    const notified: string[] = [];
    listener.on('notification', ({ channel }) => notified.push(channel));
    await listener.query('LISTEN crossbar_async_call; LISTEN last');
    await sql.query(`BEGIN; SELECT crossbar.call_async('com.a'); ROLLBACK`);
    await sql.query(`BEGIN; SELECT crossbar.call_async('com.a'), crossbar.call_async('com.a'); COMMIT`);
    await sql.query('NOTIFY last');
    await waitFor(() => notified.includes('last'), { what: 'the last notification' });
    expect(notified).to.deep.equal(['crossbar_async_call', 'last']);
    expect(await rows(sql, 'SELECT DISTINCT id FROM crossbar.calls')).to.have.length(2);
  });

  it('does not change lastval(), for triggers that call', async () => {
    await using stage = await openAsyncStage();
    const { sql } = stage;
    await sql.query(
      `CREATE TABLE people (id integer GENERATED ALWAYS AS IDENTITY (START 42), name text);
       CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM crossbar.call_async('com.a', jsonb_build_array(NEW.id)); RETURN NEW; END $$;
       CREATE TRIGGER tell AFTER INSERT ON people FOR EACH ROW EXECUTE FUNCTION tell()`,
    );
    await sql.query(`INSERT INTO people (name) VALUES ('Ada')`);
    expect(await value(sql, 'SELECT lastval()')).to.equal('42');
    expect(await value(sql, 'SELECT args FROM crossbar.calls')).to.deep.equal([42]);
  });

  it('accepts a handler with the right parameters, which the role may execute and subscribe, for a role granted to pgwamp', async () => {
    await using stage = await openAsyncStage();
    const { sql, app, stranger, as } = stage;
    const named = `option 'handler' names no function that takes an outcome: `;
    const rule = /^A handler is named with its schema, such as 'public\.called', and has the parameters/;
    const evil = `public.called'; DROP TABLE crossbar._link; --`;
    for (const handler of [
      'called',
      'public.wrong',
      'public.absent',
      'public.wrong(bigint, jsonb)',
      '',
      'pg_catalog.sum',
      'a b',
      evil,
    ]) {
      const error = await as(app, () =>
        errorOf(sql.query('SELECT crossbar.call_async($1, options => $2)', ['com.a', JSON.stringify({ handler })])),
      );
      expect(error, handler).to.include({ code: '42883', message: `${named}'${handler.replaceAll("'", "''")}'` });
      expect(error.hint).to.match(rule);
    }
    for (const handler of ['public.called', 'public.called(bigint, jsonb, jsonb)', '"public"."called"']) {
      await as(app, () => sql.query(asynchronously({ handler })));
    }
    const denied = await as(app, () => errorOf(sql.query(asynchronously({ handler: 'public.private' }))));
    expect(denied).to.include({
      code: '42501',
      message: `role ${app} may not execute public.private(bigint,jsonb,jsonb)`,
    });
    await sql.query(`GRANT EXECUTE ON FUNCTION crossbar.call_async TO ${stranger}; REVOKE ${stranger} FROM crossbar`);
    const other = await as(stranger, () => errorOf(sql.query(asynchronously({ handler: 'public.called' }))));
    expect(other).to.include({
      code: '42501',
      message: `pgwamp may not run a function as role ${stranger}`,
      hint: `GRANT ${stranger} TO crossbar;`,
    });
    await sql.query(`REVOKE EXECUTE ON FUNCTION crossbar.subscribe FROM ${app}`);
    const caller = await as(app, () => errorOf(sql.query(asynchronously({ handler: 'public.called' }))));
    expect(caller).to.include({
      code: '42501',
      message: `role ${app} may not execute crossbar.subscribe(text,anycompatible,jsonb)`,
      hint: `GRANT EXECUTE ON ROUTINE crossbar.subscribe(text,anycompatible,jsonb) TO ${app};`,
    });
    await as(app, () => sql.query(asynchronously({})));
    await sql.query('GRANT EXECUTE ON FUNCTION called TO crossbar');
    const component = await as('crossbar', () => errorOf(sql.query(asynchronously({ handler: 'public.called' }))));
    expect(component).to.include({ code: '42501', message: 'pgwamp may not run a function as role crossbar' });
    const superuser = await errorOf(sql.query(asynchronously({ handler: 'public.called' })));
    expect(superuser).to.include({
      code: '42501',
      hint: 'SET ROLE to one that has just the rights that the handler needs.',
    });
  });
});
