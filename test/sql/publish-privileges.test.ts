import { randomBytes } from 'node:crypto';
import type { Connection } from '@pgwamp/harness';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const insufficientPrivilege = '42501';

/**
 * The functions that every role may execute: the interface, and those that functions running as their caller need for
 * their checks.
 */
const forEverybody = [
  'crossbar._add_to_outbox(text)',
  'crossbar._announce(text,jsonb,jsonb,jsonb)',
  'crossbar._check_and_publish(text,jsonb,jsonb,jsonb,boolean)',
  'crossbar._check_column_selection(regclass,jsonb)',
  'crossbar._check_payload(jsonb,jsonb)',
  'crossbar._check_unreserved(text,text)',
  'crossbar._check_uri(text,text,boolean)',
  'crossbar._row_as_jsonb(record,regclass,jsonb)',
  // Sessions in which functions run call these: as whatever role they are in by then, and by a secret.
  'crossbar._clean_up(text)',
  'crossbar._claim(text,text,text,bigint[])',
  // A call contains these, and runs as the role of the function.
  'crossbar._reset()',
  'crossbar._is_unchanged(oid,text,name,"char"[],text[],integer)',
  'crossbar._content_of_publication(text,jsonb,jsonb,jsonb)',
  'crossbar._emit(text,jsonb,jsonb,jsonb)',
  'crossbar._is_alive(integer,timestamp with time zone)',
  'crossbar._new_publication_id()',
  'crossbar.publish(text,jsonb,jsonb,jsonb,boolean)',
  'crossbar.publish_row_change()',
  'crossbar.raise(text,jsonb,jsonb)',
  'crossbar._select_columns(jsonb,jsonb)',
  'crossbar._wamp_error(text,text,jsonb,jsonb)',
  // Parts of crossbar.register and crossbar.subscribe, which look the function up as their caller.
  'crossbar._function_named(anycompatible,name[])',
  'crossbar._put_endpoint(text,text,regprocedure,jsonb)',
  // These look themselves whether the role was granted them, so that their errors name the GRANT.
  'crossbar.accept_gap(text)',
  'crossbar.call(text,jsonb,jsonb,jsonb)',
  'crossbar.call_async(text,jsonb,jsonb,jsonb)',
  'crossbar.call_each(text,jsonb[],jsonb[],jsonb)',
  'crossbar.call_stream(text,jsonb,jsonb,jsonb)',
  'crossbar.discard_parked(bigint)',
  'crossbar.discard_parked(text,text)',
  'crossbar.grant_call(text,text)',
  'crossbar.pause_proxy(text)',
  'crossbar.register(text,anycompatible,jsonb)',
  'crossbar.resume_proxy(text)',
  'crossbar.retry_parked(bigint)',
  'crossbar.retry_parked(text,text)',
  'crossbar.revoke_call(text,text)',
  'crossbar.rewind_proxy(text,text,pg_lsn)',
  'crossbar.subscribe(text,anycompatible,jsonb)',
  'crossbar.unregister(text)',
  'crossbar.unsubscribe(bigint)',
];

/** The functions that run with the privileges of role crossbar, whoever calls them. */
const runAsOwner = [
  '_add_to_outbox',
  '_check_and_publish',
  '_claim',
  '_put_endpoint',
  'unregister',
  'unsubscribe',
  'call',
  'call_stream',
  'call_async',
  'call_each',
  'grant_call',
  'revoke_call',
  'accept_gap',
  'pause_proxy',
  'resume_proxy',
  'rewind_proxy',
  // By the number of a message, and by the Proxy.
  'discard_parked',
  'discard_parked',
  'retry_parked',
  'retry_parked',
];

/** The relations of the schema with every privilege that a role has on them, columns included. */
function privileges(sql: Connection, role: string) {
  return rows<{ relation: string; privilege: string }>(
    sql,
    `SELECT oid::regclass::text AS relation, privilege FROM pg_class,
       unnest(CASE relkind WHEN 'S' THEN '{USAGE,SELECT,UPDATE}'::text[]
         ELSE '{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}' END) AS privilege
     WHERE relnamespace = 'crossbar'::regnamespace AND CASE relkind
       WHEN 'S' THEN has_sequence_privilege($1, oid, privilege)
       WHEN 'r' THEN has_table_privilege($1, oid, privilege) OR (privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
         AND has_any_column_privilege($1, oid, privilege))
       WHEN 'v' THEN has_table_privilege($1, oid, privilege) END`,
    [role],
  );
}

async function readEverything(sql: Connection): Promise<void> {
  const relations = await rows<{ relation: string }>(
    sql,
    `SELECT oid::regclass::text AS relation FROM pg_class
     WHERE relnamespace = 'crossbar'::regnamespace AND relkind IN ('r', 'v', 'S')`,
  );
  expect(relations).to.have.length.of.at.least(23);
  for (const { relation } of relations) {
    expect((await errorOf(sql.query(`SELECT * FROM ${relation}`))).code, relation).to.equal(insufficientPrivilege);
  }
}

describe('Role without privileges', () => {
  it('publishes, also as one of a hundred roles', async () => {
    await using stage = await openStage(['com.example.hundred']);
    await using roles = await createRoles(stage.sql, 100);
    for (const role of roles.names) {
      await stage.sql.query(`SET ROLE ${role}`);
      await stage.sql.query(`SELECT crossbar.publish('com.example.hundred', jsonb_build_array(current_user))`);
    }
    await stage.sql.query('RESET ROLE');
    expect(await stage.client.payloads(100)).to.deep.equal(roles.names.map((role) => `,["${role}"]`));
  });

  for (const delivery of deliveries) {
    it(`may neither read nor write any relation of the schema, with delivery ${delivery}`, async () => {
      await using stage = await openStage([], { delivery });
      await using roles = await createRoles(stage.sql, 100);
      for (const role of roles.names) expect(await privileges(stage.sql, role)).to.deep.equal([]);
      await stage.sql.query(`SET ROLE ${roles.names[0]}`);
      await readEverything(stage.sql);
      await stage.sql.query('RESET ROLE');
    });

    it(`may execute public functions only, with delivery ${delivery}`, async () => {
      await using stage = await openStage([], { delivery });
      const open = await rows<{ name: string }>(
        stage.sql,
        `SELECT oid::regprocedure::text AS name FROM pg_proc
         WHERE pronamespace = 'crossbar'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')`,
      );
      expect(open.map(({ name }) => name)).to.have.members(forEverybody);
    });
  }

  it('cannot create anything in the schema, or use the loopback server', async () => {
    await using stage = await openStage([], { delivery: 'outbox' });
    await using roles = await createRoles(stage.sql, 1);
    await stage.sql.query(`SET ROLE ${roles.names[0]}`);
    for (const statement of [
      `CREATE TABLE crossbar.t${randomBytes(4).toString('hex')} ()`,
      `SELECT crossbar._run_autonomously('SELECT 1')`,
      `SELECT crossbar_dblink.dblink('crossbar_loopback', 'SELECT 1')`,
      `SELECT crossbar._publish_autonomously('com.example.topic', NULL, NULL, NULL)`,
      `SELECT crossbar._remove_endpoints('crossbar.unregister(text)', '{1}')`,
      `SELECT crossbar._claim_event('group', 1)`,
      `SELECT crossbar._claim_failed_event('group', 1)`,
      `SELECT crossbar._claim_batch('name', 1)`,
      `SELECT crossbar._claim('guess', 'batch', 'name', '{1}')`,
      `SELECT crossbar._claim(NULL, 'group', 'name', '{1}')`,
      `SELECT crossbar.call('com.example.procedure')`,
      `SELECT crossbar.call_stream('com.example.procedure')`,
      `SELECT crossbar.call_async('com.example.procedure')`,
      `SELECT * FROM crossbar.call_each('com.example.procedure', '{"[]"}')`,
      `SELECT crossbar.pause_proxy('proxy')`,
      `SELECT crossbar.retry_parked(1)`,
      `SELECT crossbar.discard_parked('proxy')`,
      `SELECT crossbar._ask(NULL, 1, '["call",1]')`,
    ]) {
      expect((await errorOf(stage.sql.query(statement))).code, statement).to.equal(insufficientPrivilege);
    }
    await stage.sql.query('RESET ROLE');
  });

  it('cannot read the password of the loopback server', async () => {
    await using stage = await openStage([], { delivery: 'outbox' });
    await using roles = await createRoles(stage.sql, 1);
    const mapping = `SELECT umoptions FROM pg_user_mappings WHERE srvname = 'crossbar_loopback'`;
    expect(await rows(stage.sql, mapping)).to.deep.equal([{ umoptions: ['user=crossbar', 'password=crossbar'] }]);
    await stage.sql.query(`SET ROLE ${roles.names[0]}`);
    expect(await rows(stage.sql, mapping)).to.deep.equal([{ umoptions: null }]);
    await stage.sql.query('RESET ROLE');
  });
});

describe('Functions of the schema', () => {
  it('have a search_path with pg_temp last if they are SECURITY DEFINER', async () => {
    await using stage = await openStage([], { delivery: 'outbox' });
    const functions = await rows<{ name: string; settings: string[] | null }>(
      stage.sql,
      `SELECT proname AS name, proconfig AS settings FROM pg_proc
       WHERE pronamespace = 'crossbar'::regnamespace AND prosecdef`,
    );
    expect(functions.map(({ name }) => name)).to.have.members(runAsOwner);
    for (const { settings } of functions) expect(settings).to.include('search_path=pg_catalog, pg_temp');
  });

  it('cannot be misled by objects that shadow names', async () => {
    await using stage = await openStage(['com.example.misled']);
    await stage.sql.query(
      `CREATE FUNCTION pg_temp.starts_with(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT 1/0 = 1'`,
    );
    await stage.sql.query(
      `CREATE TEMPORARY TABLE realm AS SELECT 'evil'::text AS realm; SET search_path = pg_temp, pg_catalog`,
    );
    await stage.sql.query(`SELECT crossbar.publish('com.example.misled', '[1]')`);
    expect((await stage.client.next()).payload).to.equal(',[1]');
  });
});
