import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { type EndpointStage, openEndpointStage } from '@pgwamp/harness/fixtures/sql-endpoints';
import { expect } from 'chai';

const registrations = 'SELECT id, uri, match, function, owner, role, options FROM crossbar.registrations ORDER BY id';
const subscriptions = 'SELECT id, uri, match, handler, owner, role, options FROM crossbar.subscriptions ORDER BY id';

/** Runs a statement that returns one value as the role of the application. */
function asApp({ sql, app, as }: EndpointStage, statement: string): Promise<unknown> {
  return as(app, () => value(sql, statement));
}

describe('crossbar.register', () => {
  it('registers a function as a procedure, which runs as the registering role', async () => {
    await using stage = await openEndpointStage();
    const id = await asApp(stage, `SELECT crossbar.register('com.example.add2', 'add2(integer, integer)')`);
    const registration = { uri: 'com.example.add2', match: 'exact', function: 'public.add2(integer,integer)' };
    expect(await rows(stage.sql, registrations)).to.deep.equal([
      { id, ...registration, owner: stage.app, role: stage.app, options: {} },
    ]);
    expect(await rows(stage.sql, 'SELECT FROM crossbar.subscriptions')).to.deep.equal([]);
  });

  it('accepts a regproc, and stores the same name as for a regprocedure', async () => {
    await using stage = await openEndpointStage();
    await asApp(stage, `SELECT crossbar.register('com.a', 'add2'::regproc)`);
    await asApp(stage, `SELECT crossbar.register('com.b', 'add2(integer, integer)'::regprocedure)`);
    const found = await rows<{ function: string }>(stage.sql, registrations);
    expect(found.map(({ function: name }) => name)).to.deep.equal(Array(2).fill('public.add2(integer,integer)'));
  });

  it('stores all options except match and run_as, which have their own columns', async () => {
    await using stage = await openEndpointStage();
    const options = {
      invoke: 'roundrobin',
      concurrency: 5,
      force_reregister: true,
      disclose_caller: false,
      retries: 0,
    };
    const all = JSON.stringify({ ...options, match: 'prefix', run_as: stage.app });
    await stage.sql.query(`SELECT crossbar.register('com.example.', 'add2(integer, integer)', $1)`, [all]);
    const [registration] = await rows<Record<string, unknown>>(stage.sql, registrations);
    expect(registration).to.deep.include({
      match: 'prefix',
      owner: stage.database.config.user,
      role: stage.app,
      options,
    });
  });

  it('requests the disclosure of the caller for run_as "caller"', async () => {
    await using stage = await openEndpointStage();
    await asApp(stage, `SELECT crossbar.register('com.a', 'add2(integer, integer)', '{"run_as": "caller"}')`);
    await asApp(stage, `SELECT crossbar.subscribe('com.a', 'add2(integer, integer)', '{"run_as": "caller"}')`);
    const [registration] = await rows<Record<string, unknown>>(stage.sql, registrations);
    expect(registration).to.deep.include({ owner: stage.app, role: null, options: { disclose_caller: true } });
    const [subscription] = await rows<Record<string, unknown>>(stage.sql, subscriptions);
    expect(subscription).to.deep.include({ owner: stage.app, role: null, options: {} });
  });

  it('replaces the registration of the same role, with the same id', async () => {
    await using stage = await openEndpointStage();
    await stage.sql.query('CREATE FUNCTION add2(a numeric, b numeric) RETURNS numeric LANGUAGE sql RETURN a + b');
    const id = await asApp(
      stage,
      `SELECT crossbar.register('com.a', 'add2(integer, integer)', '{"concurrency": 2, "retries": 1}')`,
    );
    const again = await asApp(stage, `SELECT crossbar.register('com.a', 'add2(numeric, numeric)', '{"retries": 2}')`);
    expect(again).to.equal(id);
    const [registration, ...others] = await rows<Record<string, unknown>>(stage.sql, registrations);
    expect(registration).to.deep.include({ id, function: 'public.add2(numeric,numeric)', options: { retries: 2 } });
    expect(others).to.deep.equal([]);
  });

  it('distinguishes registrations by match policy, and crossbar.unregister removes all of them', async () => {
    await using stage = await openEndpointStage();
    const ids = new Set<unknown>();
    for (const match of ['exact', 'prefix', 'wildcard']) {
      const options = `{"match": "${match}"}`;
      ids.add(await asApp(stage, `SELECT crossbar.register('com.a', 'add2(integer, integer)', '${options}')`));
    }
    expect(ids.size).to.equal(3);
    await asApp(stage, `SELECT crossbar.register('com.b', 'add2(integer, integer)')`);
    expect(await asApp(stage, `SELECT crossbar.unregister('com.a')`)).to.equal(true);
    expect((await rows<{ uri: string }>(stage.sql, registrations)).map(({ uri }) => uri)).to.deep.equal(['com.b']);
    expect(await asApp(stage, `SELECT crossbar.unregister('com.a')`)).to.equal(false);
    expect(await asApp(stage, `SELECT crossbar.unregister(NULL)`)).to.equal(false);
  });

  it('stores a function name that is independent of the search_path and survives DROP FUNCTION', async () => {
    await using stage = await openEndpointStage();
    const { sql, app } = stage;
    await sql.query(
      `CREATE SCHEMA "od.d"; GRANT USAGE ON SCHEMA "od.d" TO ${app}; CREATE TYPE "od.d"."a ""b"";" AS (n integer)`,
    );
    const create = `CREATE FUNCTION "od.d"."f(); DROP "(x "od.d"."a ""b"";"[]) RETURNS text LANGUAGE sql AS 'SELECT ''x'''`;
    await sql.query(`${create}; SET search_path = "od.d"`);
    const call = `SELECT crossbar.register('com.odd', '"f(); DROP "("a ""b"";"[])')`;
    const id = await asApp(stage, call);
    const [registration] = await rows<{ function: string }>(sql, registrations);
    expect(registration?.function).to.equal('"od.d"."f(); DROP "("od.d"."a ""b"";"[])');
    await sql.query(`DROP FUNCTION "f(); DROP "`);
    const found = `SELECT function::regprocedure::oid = to_regprocedure(function) FROM crossbar.registrations`;
    expect(await value(sql, 'SELECT to_regprocedure(function) FROM crossbar.registrations')).to.equal(null);
    await sql.query(`${create}; SET search_path = ''`);
    expect(await value(sql, found)).to.equal(true);
    await sql.query(`SET search_path = "od.d"`);
    expect(await asApp(stage, call)).to.equal(id);
  });
});

describe('crossbar.subscribe', () => {
  it('creates a subscription for each handler of a topic and each role, and replaces its options', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    const subscribe = `SELECT crossbar.subscribe('com.topic', 'add2(integer, integer)'`;
    const first = await asApp(stage, `${subscribe}, '{"queue_group": "one", "retries": 1}')`);
    const caller = await asApp(stage, `${subscribe}, '{"run_as": "caller"}')`);
    const other = await as(stranger, () => value(sql, `${subscribe})`));
    const handler = await asApp(stage, `SELECT crossbar.subscribe('com.topic', 'crossbar.raise(text, jsonb, jsonb)')`);
    expect(new Set([first, caller, other, handler]).size).to.equal(4);
    expect(await asApp(stage, `${subscribe}, '{"get_retained": true}')`)).to.equal(first);
    expect(await asApp(stage, `${subscribe}, '{"run_as": "caller", "concurrency": 2}')`)).to.equal(caller);
    const kept = await rows<{ role: string; options: object }>(sql, subscriptions);
    expect(kept.map(({ role, options }) => [role, options])).to.deep.equal([
      [app, { get_retained: true }],
      [null, { concurrency: 2 }],
      [stranger, {}],
      [app, {}],
    ]);
  });

  it('is undone by crossbar.unsubscribe, which does not remove registrations', async () => {
    await using stage = await openEndpointStage();
    const registration = await asApp(stage, `SELECT crossbar.register('com.a', 'add2(integer, integer)')`);
    const subscription = await asApp(stage, `SELECT crossbar.subscribe('com.a', 'add2(integer, integer)')`);
    expect(await asApp(stage, `SELECT crossbar.unsubscribe(${registration})`)).to.equal(false);
    expect(await asApp(stage, `SELECT crossbar.unsubscribe(${subscription})`)).to.equal(true);
    expect(await asApp(stage, `SELECT crossbar.unsubscribe(${subscription})`)).to.equal(false);
    expect(await asApp(stage, `SELECT crossbar.unregister('com.a')`)).to.equal(true);
  });
});
