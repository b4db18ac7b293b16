import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

/** A call of each public function that takes a right, by its signature: one that does no harm once it is allowed. */
const calls: Readonly<Record<string, string>> = {
  'accept_gap(text)': `accept_gap('none')`,
  'call(text,jsonb,jsonb,jsonb)': `call('com.example.add2')`,
  'call_async(text,jsonb,jsonb,jsonb)': `call_async('com.example.add2')`,
  'call_each(text,jsonb[],jsonb[],jsonb)': `call_each('com.example.add2', '{}')`,
  'call_stream(text,jsonb,jsonb,jsonb)': `call_stream('com.example.add2')`,
  'discard_parked(bigint)': 'discard_parked(1)',
  'discard_parked(text,text)': `discard_parked('none')`,
  'grant_call(text,text)': `grant_call('public', 'com.example.add2')`,
  'pause_proxy(text)': `pause_proxy('none')`,
  'register(text,regprocedure,jsonb)': `register('com.example.pid', 'pg_backend_pid()')`,
  'resume_proxy(text)': `resume_proxy('none')`,
  'retry_parked(bigint)': 'retry_parked(1)',
  'retry_parked(text,text)': `retry_parked('none')`,
  'revoke_call(text,text)': `revoke_call('public', 'com.example.add2')`,
  'rewind_proxy(text,text,pg_lsn)': `rewind_proxy('none', 'none')`,
  'subscribe(text,regprocedure,jsonb)': `subscribe('com.example.topic', 'pg_backend_pid()')`,
  'unregister(text)': `unregister('com.example.absent')`,
  'unsubscribe(bigint)': 'unsubscribe(1)',
};

/** What a call may fail with once it is allowed: there is no Caller, and no Proxy. */
const allowedErrors = ['08001', '42704'];

const insufficientPrivilege = '42501';
/** What everybody may use: a publication is for the router to authorize. */
const forEverybody = ['publish(text,jsonb,jsonb,jsonb,boolean)', 'publish_row_change()', 'raise(text,jsonb,jsonb)'];

describe('a public function that takes a right', () => {
  it('is known to this test', async () => {
    await using stage = await openStage();
    const found = await rows<{ signature: string }>(
      stage.sql,
      `SELECT replace(oid::regprocedure::text, 'crossbar.', '') AS signature FROM pg_proc
       WHERE pronamespace = 'crossbar'::regnamespace AND proname !~ '^_'`,
    );
    expect(found.map(({ signature }) => signature)).to.have.members([...Object.keys(calls), ...forEverybody]);
  });

  for (const [signature, call] of Object.entries(calls)) {
    it(`names the statement that grants it, which helps: ${signature}`, async () => {
      await using stage = await openStage();
      const { sql } = stage;
      await using roles = await createRoles(sql, 2);
      const [app = '', member = ''] = roles.names;
      await sql.query(`GRANT ${app} TO ${member}; GRANT ${app} TO crossbar; SET ROLE ${app}`);
      const error = await errorOf(sql.query(`SELECT crossbar.${call}`));
      expect(error.code).to.equal(insufficientPrivilege);
      expect(error.message).to.match(new RegExp(`^role ${app} may not (execute|call) `));
      expect(error.hint).to.match(/^(GRANT EXECUTE ON ROUTINE|SELECT crossbar\.grant_call\().*;$/);
      await sql.query('RESET ROLE');
      await sql.query(error.hint ?? '');
      for (const role of [app, member]) {
        await sql.query(`BEGIN; SET LOCAL ROLE ${role}`);
        const run =
          signature.startsWith('register') || signature.startsWith('subscribe')
            ? `${call.slice(0, -1)}, '{"run_as": "${app}"}')`
            : call;
        const code = await sql.query(`SELECT crossbar.${run}`).then(
          () => undefined,
          (refusal: { code: string }) => refusal.code,
        );
        if (code !== undefined) expect(allowedErrors, `${role} ${code}`).to.include(code);
        await sql.query('ROLLBACK');
      }
      await sql.query(`DROP OWNED BY ${app}`);
    });
  }

  it('is granted by name: what PUBLIC may execute is only asked, also after a restore without privileges', async () => {
    await using stage = await openStage();
    const { sql } = stage;
    await using roles = await createRoles(sql, 1);
    await sql.query(`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA crossbar TO PUBLIC; SET ROLE ${roles.names[0]}`);
    for (const call of Object.values(calls)) {
      expect((await errorOf(sql.query(`SELECT crossbar.${call}`))).code, call).to.equal(insufficientPrivilege);
    }
    await sql.query('RESET ROLE');
  });
});

describe('what PostgreSQL runs for others, in the session of a superuser', () => {
  const uses = {
    register: `PERFORM crossbar.register('com.example.trap', 'pg_backend_pid()', '{"run_as": "pg_monitor"}')`,
    subscribe: `PERFORM crossbar.subscribe('com.example.trap', 'pg_backend_pid()', '{"run_as": "pg_monitor"}')`,
    call: `PERFORM crossbar.call('com.example.trap')`,
    call_each: `PERFORM crossbar.call_each('com.example.trap', '{"[]"}')`,
    call_stream: `PERFORM crossbar.call_stream('com.example.trap')`,
    call_async: `PERFORM crossbar.call_async('com.example.trap')`,
    grant_call: `PERFORM crossbar.grant_call('public', '*')`,
    pause_proxy: `PERFORM crossbar.pause_proxy('proxy')`,
  };
  for (const [name, use] of Object.entries(uses)) {
    it(`does not use crossbar.${name}`, async () => {
      await using stage = await openStage();
      const { sql } = stage;
      await using roles = await createRoles(sql, 1);
      const [owner] = roles.names;
      await sql.query(
        `GRANT pg_monitor TO crossbar; CREATE SCHEMA trap AUTHORIZATION ${owner}; SET ROLE ${owner};
         CREATE TABLE trap.trap (n integer);
         INSERT INTO trap.trap VALUES (1);
         CREATE FUNCTION trap.spring(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n; END';
         CREATE INDEX ON trap.trap (trap.spring(n));
         CREATE MATERIALIZED VIEW trap.view AS SELECT trap.spring(n) FROM trap.trap;
         CREATE OR REPLACE FUNCTION trap.spring(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
           $$ BEGIN ${use}; RETURN n; END $$;
         RESET ROLE`,
      );
      for (const statement of ['REINDEX TABLE trap.trap', 'REFRESH MATERIALIZED VIEW trap.view', 'ANALYZE trap.trap']) {
        const error = await errorOf(sql.query(statement));
        expect(error, statement).to.include({
          code: insufficientPrivilege,
          message: 'crossbar cannot be used within a security-restricted operation',
        });
      }
      expect(await value(sql, `SELECT count(*)::int FROM crossbar._endpoint WHERE uri = 'com.example.trap'`)).to.equal(
        0,
      );
      await sql.query(`DROP SCHEMA trap CASCADE; REVOKE pg_monitor FROM crossbar`);
    });
  }
});
