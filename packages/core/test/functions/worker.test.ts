import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExecutorStage } from '../support/executor-stage.ts';

const worker = { user: 'crossbar_worker', password: 'crossbar_worker' };

/**
 * `escape` runs a statement after RESET ROLE, as any function can. It returns the role that it ran as, or the SQLSTATE
 * of its error.
 */
const definitions = `
  GRANT :app TO crossbar_worker; REVOKE :app, :other FROM crossbar;
  CREATE FUNCTION escape(statement text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    RESET ROLE;
    EXECUTE statement;
    RETURN current_user;
  EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
  END $$;
  CREATE FUNCTION pid_of_crossbar() RETURNS integer LANGUAGE sql AS
    $$ SELECT pid FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = current_database() LIMIT 1 $$;
  CREATE FUNCTION seen() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('user', current_user, 'session_user', session_user, 'path', current_setting('search_path'),
      'setting', coalesce(current_setting('evil.setting', true), ''), 'work_mem', current_setting('work_mem'), 'temporary', to_regclass('pg_temp.evil'),
      'prepared', (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), 'cursors', (SELECT count(*) FROM pg_cursors WHERE is_holdable),
      'channels', (SELECT count(*) FROM pg_listening_channels()),
      'locks', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))
  $$;
  CREATE TABLE handled (event integer);
  GRANT ALL ON handled TO :app;
  CREATE FUNCTION handle(event integer) RETURNS void LANGUAGE sql AS 'INSERT INTO handled (event) VALUES (event)';
`;

const insufficientPrivilege = '42501';

describe('Function executor: sessions of crossbar_worker', () => {
  let stage: ExecutorStage;

  before(async () => {
    stage = await ExecutorStage.open(definitions);
    await stage.look([], 'crossbar_worker');
    stage.executor({ pool: { size: 1 }, database: { worker } });
  });

  after(() => stage?.[Symbol.asyncDispose]());

  const escape = (statement: string) => stage.value('public.escape(text)', statement);

  it('run a function as its role, and RESET ROLE leads to a role that owns nothing', async () => {
    expect(await stage.value('public.seen()')).to.deep.include({ user: stage.app, session_user: 'crossbar_worker' });
    expect(await escape('SELECT 1')).to.equal('crossbar_worker');
    const { rows } = await stage.sql.query(
      `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR rolinherit AS strong,
         EXISTS (SELECT FROM pg_shdepend WHERE refobjid = pg_roles.oid AND deptype = 'o') AS owner FROM pg_roles WHERE rolname = 'crossbar_worker'`,
    );
    expect(rows).to.deep.equal([{ strong: false, owner: false }]);
  });

  for (const statement of [
    'SELECT FROM crossbar._endpoint',
    'SELECT FROM crossbar.outbox',
    'SELECT FROM crossbar._link',
    'SELECT FROM crossbar._function_session',
    'SELECT FROM crossbar.failed_event',
    'UPDATE crossbar._delivery SET mode = mode',
    `SELECT crossbar.register('com.example.evil', 'pid_of_crossbar()')`,
    `SELECT crossbar.subscribe('com.example.evil', 'pid_of_crossbar()')`,
    `SELECT crossbar.unregister('com.example.procedure')`,
    `SELECT crossbar.grant_call('public', '*')`,
    `SELECT crossbar.call('com.example.evil')`,
    `SELECT crossbar.call_async('com.example.evil')`,
    `SELECT crossbar._remove_endpoints('crossbar.unregister(text)', '{1}')`,
    `SELECT crossbar._claim('guess', 'group', 'name', '{1}')`,
    `SELECT crossbar._claim('guess', 'batch', 'name', '{1}')`,
    `SELECT crossbar._claim(NULL, 'batch', 'name', '{1}')`,
    `SELECT crossbar._claim_event('group', 1)`,
    `SELECT crossbar._claim_batch('batch', 1)`,
    `SELECT crossbar._run_autonomously('SELECT 1')`,
    `SELECT crossbar_dblink.dblink_connect('crossbar_loopback')`,
    'CREATE TABLE crossbar.evil ()',
    `CREATE OR REPLACE FUNCTION crossbar.publish(topic text, args jsonb DEFAULT NULL, kwargs jsonb DEFAULT NULL, options jsonb DEFAULT NULL,
       autonomous boolean DEFAULT false) RETURNS bigint LANGUAGE sql AS 'SELECT 1'`,
    'DROP SCHEMA crossbar CASCADE',
    'SET ROLE crossbar',
    'SET SESSION AUTHORIZATION crossbar',
    'SET ROLE :other',
    'ALTER ROLE crossbar PASSWORD NULL',
    'CREATE ROLE evil',
    'GRANT :other TO crossbar_worker',
    'SELECT pg_terminate_backend(pid_of_crossbar())',
    'SELECT pg_cancel_backend(pid_of_crossbar())',
    `SELECT pg_create_logical_replication_slot('evil', 'pgoutput')`,
    `SELECT pg_read_file('PG_VERSION')`,
  ]) {
    it(`do not permit: ${statement.slice(0, 70)}`, async () => {
      expect(await escape(statement.replace(':other', stage.other))).to.equal(insufficientPrivilege);
    });
  }

  it('are reset after each call', async () => {
    const clean = await stage.value('public.seen()');
    for (const statement of [
      'SET search_path = pg_temp, public',
      `SELECT set_config('evil.setting', 'on', false), set_config('work_mem', '77MB', false)`,
      'CREATE TEMPORARY TABLE evil (n integer)',
      'PREPARE evil AS SELECT 1',
      'LISTEN crossbar_endpoint',
      'SELECT pg_advisory_lock(4711)',
    ]) {
      expect(await escape(statement), statement).to.equal('crossbar_worker');
      expect(await stage.value('public.seen()'), statement).to.deep.equal(clean);
    }
  });

  it('permit SET ROLE to the other roles that functions run as', async () => {
    await stage.sql.query(`GRANT ${stage.other} TO crossbar_worker`);
    expect(await escape(`SET ROLE ${stage.other}`)).to.equal(stage.other);
    await stage.sql.query(`REVOKE ${stage.other} FROM crossbar_worker`);
  });

  it('refuse a role that was granted to crossbar alone', async () => {
    await stage.sql.query(`GRANT ${stage.other} TO crossbar`);
    await stage.look([], 'crossbar_worker');
    const endpoint = await stage.endpoint('public.seen()', { role: stage.other });
    const error = await rejection(stage.call(endpoint));
    expect(error.message).to.include('it does not exist, or was not granted to role crossbar_worker');
    await stage.sql.query(`REVOKE ${stage.other} FROM crossbar`);
  });

  it('handle events exactly once, in batches and in queue groups', async () => {
    const handler = await stage.endpoint('public.handle(integer)', { kind: 'subscription', uri: 'com.example.topic' });
    const batch = { name: 'worker', number: 7 };
    for (const _ of [1, 2]) expect(await stage.handle(handler, [1, 2, 3], batch)).to.deep.equal({ handled: 3 });
    const grouped = { ...handler, options: { queue_group: 'group' } };
    expect(await stage.handle(grouped, [4, 5])).to.deep.equal({ handled: 2 });
    expect(await stage.handle(grouped, [4, 5])).to.deep.equal({ handled: 0 });
    const { rows } = await stage.sql.query('SELECT event FROM handled ORDER BY event');
    expect(rows.map(({ event }) => event)).to.deep.equal([1, 2, 3, 4, 5]);
  });
});
