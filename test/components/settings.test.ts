import { Callee } from '@pgwamp/callee';
import { Caller } from '@pgwamp/caller';
import { Gateway } from '@pgwamp/gateway';
import { type Connection, type TestDatabase, waitFor } from '@pgwamp/harness';
import { EventClient } from '@pgwamp/harness/fixtures/event-client';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase, value } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { createPublisher, crossbarLogin, type Delivery, deliveries } from '@pgwamp/harness/fixtures/sql-stage';
import { started } from '@pgwamp/harness/fixtures/started';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';

/** Settings that administrators have for reasons of their own, and some that nobody should have. */
const unusual: Readonly<Record<string, string>> = {
  statement_timeout: '1ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  idle_session_timeout: '100ms',
  client_encoding: 'LATIN1',
  search_path: '',
  standard_conforming_strings: 'off',
  escape_string_warning: 'off',
  backslash_quote: 'off',
  quote_all_identifiers: 'on',
  array_nulls: 'off',
  transform_null_equals: 'on',
  bytea_output: 'escape',
  xmlbinary: 'hex',
  row_security: 'off',
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kolkata',
  client_min_messages: 'debug5',
  log_statement: 'all',
  plan_cache_mode: 'force_generic_plan',
  jit: 'on',
  jit_above_cost: '0',
  enable_seqscan: 'off',
  enable_indexscan: 'off',
  work_mem: '64kB',
  max_stack_depth: '100kB',
  check_function_bodies: 'off',
  session_replication_role: 'replica',
  synchronous_commit: 'off',
  track_activities: 'off',
  track_counts: 'off',
  'plpgsql.variable_conflict': 'use_variable',
  'plpgsql.extra_errors': 'all',
  application_name: 'theirs',
};

const functions = `CREATE TABLE heard (place bigint GENERATED ALWAYS AS IDENTITY, event jsonb);
  CREATE FUNCTION hear(event jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'INSERT INTO public.heard (event) VALUES (event)';
  CREATE FUNCTION hear_outcome(id bigint, result jsonb, error jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER
    AS 'INSERT INTO public.heard (event) VALUES (coalesce(result, error))';
  CREATE FUNCTION echo(texts text[], bytes bytea, number float8) RETURNS jsonb LANGUAGE sql
    RETURN jsonb_build_array(texts, bytes, number);
  CREATE FUNCTION slow() RETURNS integer LANGUAGE sql AS 'SELECT 1 FROM pg_catalog.pg_sleep(0.05)';
  GRANT pg_monitor TO crossbar;
  GRANT EXECUTE ON FUNCTION crossbar.call, crossbar.call_async, crossbar.subscribe TO pg_monitor;
  SELECT crossbar.register('com.example.echo', 'public.echo', '{"run_as": "crossbar"}'),
    crossbar.register('com.example.slow', 'public.slow', '{"run_as": "crossbar"}'),
    crossbar.subscribe('com.example.heard', 'public.hear', '{"run_as": "crossbar", "queue_group": "one"}'),
    crossbar.grant_call('public', '*')`;

/** The database, and everything of pgwamp that runs with it. */
interface Stage extends AsyncDisposable {
  /** A superuser connection without the settings of the database. */
  readonly sql: Connection;
  readonly client: EventClient;
  readonly session: Awaited<ReturnType<typeof join>>;
}

/** Starts all components in a database after it has got its settings. */
async function openStage(delivery: Delivery, settings: (database: TestDatabase) => string): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const sql = stack.use(await database.connect());
  await sql.query(functions);
  stack.defer(async () => {
    const { name } = database;
    await sql.query(`ALTER DATABASE ${name} RESET ALL; ALTER ROLE crossbar IN DATABASE ${name} RESET ALL`);
  });
  const [role = ''] = stack.use(await createRoles(sql, 1)).names;
  await sql.query(`GRANT ${role} TO crossbar; ALTER ROLE crossbar IN DATABASE ${database.name} SET role = '${role}'`);
  await sql.query(settings(database));
  const router = stack.use(createTestRouter());
  const login = { database: crossbarLogin(database) };
  const options = { realm: 'realm1', transport: { type: 'memory' as const, router }, extra: login };
  const environment = { log: pino({ level: 'silent' }) };
  stack.use(await started(createPublisher(database, router, delivery)));
  stack.use(await started(new Callee(options, environment)));
  stack.use(await started(new Caller(options, environment)));
  stack.use(await started(new Subscriber(options, environment)));
  const endpoint = { type: 'tcp', port: 0 } as const;
  stack.use(await started(new Gateway({ extra: { ...login, endpoint } }, environment)));
  const client = stack.use(await EventClient.join(router, ['com.example.topic']));
  const session = await join(router);
  stack.defer(() => session.leave());
  const kept = stack.move();
  return { sql, client, session, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('Settings of the database and of role crossbar', () => {
  for (const delivery of deliveries) {
    it(`change no value and no behavior of the components, with delivery ${delivery}`, async () => {
      await using stage = await openStage(delivery, ({ name }) =>
        Object.entries(unusual)
          .map(([setting, given]) => `ALTER DATABASE ${name} SET ${setting} = '${given}'`)
          .join(';'),
      );
      const { sql, client, session } = stage;
      await sql.query(
        `SELECT crossbar.publish('com.example.topic', '["é€", 1.10]', options => '{"acknowledge": true}')`,
      );
      await sql.query(`SELECT crossbar.publish('com.example.topic', '["alone"]', autonomous => true)`);
      expect(await client.payloads(2)).to.have.members([',["é€", 1.10]', ',["alone"]']);
      const given = [['é€\\', null, 'NULL'], '\\x00ff', 0.1 + 0.2];
      expect((await session.call('com.example.echo', given)).args).to.deep.equal([given]);
      expect((await session.call('com.example.slow')).args).to.deep.equal([1]);
      const call = `SELECT crossbar.call('com.example.echo', $1)`;
      expect(await value(sql, call, [JSON.stringify(given)])).to.deep.equal(given);
      await session.publish('com.example.heard', [{ said: 'é€' }]);
      await sql.query(`SET ROLE pg_monitor;
        SELECT crossbar.call_async('com.example.slow', options => '{"handler": "public.hear_outcome"}'); RESET ROLE`);
      const heard = async () => (await sql.query('SELECT event FROM heard ORDER BY event::text')).rows;
      await waitFor(async () => (await heard()).length === 2, { what: 'the event and the outcome to be handled' });
      expect(await heard()).to.deep.equal([{ event: 1 }, { event: { said: 'é€' } }]);
    });
  }

  it('with read-only transactions do not prevent autonomous publications, with delivery outbox', async () => {
    await using stage = await openStage(
      'outbox',
      ({ name }) => `ALTER DATABASE ${name} SET default_transaction_read_only = on;
        ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`,
    );
    const { sql, client } = stage;
    await sql.query('BEGIN READ ONLY');
    await sql.query(`SELECT crossbar.publish('com.example.topic', '["alone"]', autonomous => true)`);
    await sql.query('ROLLBACK');
    expect(await client.payloads(1)).to.deep.equal([',["alone"]']);
  });
});
