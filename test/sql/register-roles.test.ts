import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { expectNoRight, openEndpointStage, registerAndSubscribe } from '@pgwamp/harness/fixtures/sql-endpoints';
import { expect } from 'chai';

const register = `SELECT crossbar.register('com.a', 'add2(integer, integer)')`;

describe('Privileges of crossbar.register and crossbar.subscribe', () => {
  it('are granted for each function', async () => {
    await using stage = await openEndpointStage();
    const functions = {
      register,
      subscribe: registerAndSubscribe({})[1],
      unregister: `SELECT crossbar.unregister('com.a')`,
    };
    const statements = Object.entries({ ...functions, unsubscribe: 'SELECT crossbar.unsubscribe(1)' });
    for (const [name, statement] of statements) {
      await stage.sql.query(`REVOKE EXECUTE ON FUNCTION crossbar.${name} FROM ${stage.app}`);
      const routine = await value(stage.sql, `SELECT 'crossbar.${name}'::regproc::oid::regprocedure::text`);
      const message = `role ${stage.app} may not execute ${routine}`;
      await expectNoRight(stage, stage.app, statement, message, `GRANT EXECUTE ON ROUTINE ${routine} TO ${stage.app};`);
      await stage.as(stage.stranger, () => stage.sql.query(statement));
    }
  });

  it('are checked for the role of the session, not for the owner of a calling SECURITY DEFINER function', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, stranger, as } = stage;
    await sql.query(
      `CREATE FUNCTION trap() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ ${register} $$;
       ALTER FUNCTION trap() OWNER TO ${stranger}; REVOKE EXECUTE ON FUNCTION crossbar.register FROM ${app}`,
    );
    await expectNoRight(
      stage,
      app,
      'SELECT trap()',
      `role ${app} may not execute crossbar.register(text,anycompatible,jsonb)`,
      `GRANT EXECUTE ON ROUTINE crossbar.register(text,anycompatible,jsonb) TO ${app};`,
    );
    await as(stranger, () => sql.query('SELECT trap()'));
    expect(await value(sql, 'SELECT owner FROM crossbar.registrations')).to.equal(stranger);
  });

  it('include EXECUTE on the function', async () => {
    await using stage = await openEndpointStage();
    await stage.sql.query('REVOKE EXECUTE ON FUNCTION add2 FROM public');
    const message = `role ${stage.app} may not execute public.add2(integer,integer)`;
    const hint = `GRANT EXECUTE ON ROUTINE public.add2(integer,integer) TO ${stage.app};`;
    for (const statement of [...registerAndSubscribe({}), ...registerAndSubscribe({ run_as: 'caller' })]) {
      await expectNoRight(stage, stage.app, statement, message, hint);
    }
  });

  it('are not changed by objects that shadow names', async () => {
    await using stage = await openEndpointStage();
    const { sql, app, as } = stage;
    await sql.query(`GRANT TEMPORARY ON DATABASE ${stage.database.name} TO ${app}`);
    await as(app, async () => {
      await sql.query(
        `CREATE TEMPORARY TABLE endpoint AS SELECT 1 AS id; CREATE TEMPORARY TABLE pg_roles AS SELECT session_user AS rolname, true AS rolsuper;
         CREATE FUNCTION pg_temp.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT session_user::text';
         CREATE FUNCTION pg_temp.pg_has_role(oid, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`,
      );
      await sql.query(
        `SET search_path = pg_temp, pg_catalog; SELECT crossbar.register('com.a', 'public.add2(integer, integer)')`,
      );
      await sql.query(`RESET search_path; DROP TABLE endpoint, pg_temp.pg_roles`);
    });
    const registered = await rows(sql, 'SELECT owner, role, function FROM crossbar.registrations');
    expect(registered).to.deep.equal([{ owner: app, role: app, function: 'public.add2(integer,integer)' }]);
  });
});
