import type { Connection } from '@pgwamp/harness';
import { type CallStage, openCallStage, returns } from '@pgwamp/harness/fixtures/sql-caller';
import { value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { expect } from 'chai';

const insufficientPrivilege = '42501';

/** Whether each of the three functions lets a role call a procedure. */
async function expectCallable({ sql }: CallStage, role: string, procedure: string, callable: boolean): Promise<void> {
  for (const name of ['call', 'call_stream', 'call_async']) {
    await sql.query(`SET ROLE ${role}`);
    const call = sql.query(`SELECT crossbar.${name}($1)`, [procedure]);
    const error = callable ? await call.then(() => undefined) : await errorOf(call);
    await sql.query('RESET ROLE');
    if (callable) continue;
    expect(error, `${name} ${procedure}`).to.include({
      code: insufficientPrivilege,
      message: `role ${role} may not call ${procedure}`,
    });
    expect(error?.hint).to.equal(`SELECT crossbar.grant_call('${role}', '${procedure}');`);
  }
}

async function expectDenied(sql: Connection, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    expect((await errorOf(sql.query(statement))).code, statement).to.equal(insufficientPrivilege);
  }
}

describe('Privilege to call', () => {
  it('has to be granted', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql, requests } = stage;
    await using roles = await createRoles(sql, 1);
    const [app] = roles.names;
    const calls = ['call', 'call_stream', 'call_async'].map((name) => `SELECT crossbar.${name}('com.a')`);
    await sql.query(`SET ROLE ${app}`);
    await expectDenied(sql, calls);
    await sql.query('RESET ROLE');
    expect(requests).to.have.length(0);
    await sql.query(`SELECT crossbar.grant_call('${app}', 'com.a'); SET ROLE ${app}`);
    for (const call of calls) await sql.query(call);
    await sql.query('RESET ROLE');
    expect(requests.map(({ identity }) => [identity.session_user, identity.role])).to.deep.equal([
      ['postgres', app],
      ['postgres', app],
    ]);
  });

  it('gives no access to the secret of the link or to a dblink connection, even after a call in the session', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql, secret } = stage;
    await using roles = await createRoles(sql, 1);
    const [app] = roles.names;
    await sql.query(`SELECT crossbar.grant_call('${app}', '*'); SET ROLE ${app}; SELECT crossbar.call('com.a')`);
    await expectDenied(sql, [
      'SELECT secret FROM crossbar._link',
      'SELECT host FROM crossbar._link',
      'SELECT crossbar._living_links(NULL)',
      'SELECT crossbar._connection_string(NULL)',
      `SELECT crossbar._connect_to_caller('crossbar', NULL, false)`,
      `SELECT crossbar._ask(NULL, 1, '["wait",1]')`,
      'INSERT INTO crossbar.call_permission (role, pattern) VALUES (current_user, $$com.a$$)',
      'SELECT crossbar.grant_call(current_user, $$com.a$$)',
      'SELECT crossbar.revoke_call(current_user, $$com.a$$)',
      'SELECT FROM crossbar.async_call',
      `SELECT crossbar_dblink.dblink('crossbar', '["wait",1]')`,
      'SELECT crossbar_dblink.dblink_get_connections()',
      `SELECT crossbar_dblink.dblink_connect('crossbar', 'host=127.0.0.1')`,
    ]);
    const shown = await value(sql, `SELECT string_agg(s::text, ' ') FROM pg_stat_activity AS s`);
    expect(shown).not.to.include(secret);
    await sql.query('RESET ROLE');
  });

  it('requires a rule for the role or a role that it is a member of, and for the URI; superusers need none', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql } = stage;
    await using roles = await createRoles(sql, 4);
    const [app = '', member = '', group = '', stranger = ''] = roles.names;
    await sql.query(`GRANT ${group} TO ${member}`);
    for (const role of [app, member, group, stranger]) await expectCallable(stage, role, 'com.any', false);
    await expectCallable(stage, 'postgres', 'com.any', true);
    await sql.query(`SET SESSION AUTHORIZATION ${app}`);
    await expectDenied(sql, [`SELECT crossbar.call('com.any')`, `SELECT crossbar.call_each('com.any', '{}')`]);
    await sql.query('RESET SESSION AUTHORIZATION');
    await sql.query(
      `SELECT crossbar.grant_call(role, pattern) FROM (VALUES ('${app}', 'com.exact'), ('${app}', 'com.prefix.*'), ('${app}', 'com..wild'),
         ('${group}', 'com.group'), ('${group}', 'com.group'), ('public', 'com.all')) AS rule (role, pattern);
       INSERT INTO crossbar.call_permission (role, pattern) VALUES ('gone', 'com.any')`,
    );
    for (const [role, callable, refused] of [
      [
        app,
        ['com.exact', 'com.prefix.a', 'com.prefix.a.b', 'com.x.wild', 'com.all'],
        [
          'com.exact.a',
          'com.exac',
          'com.prefix',
          'com.x.y.wild',
          'com.wild',
          'com.x.wild.y',
          'com.x.wilder',
          'com.group',
          'com.any',
        ],
      ],
      [member, ['com.group', 'com.all'], ['com.exact', 'com.any']],
      [group, ['com.group', 'com.all'], ['com.exact']],
      [stranger, ['com.all'], ['com.group', 'com.exact', 'com.any']],
      ['postgres', ['com.exact', 'com.group', 'com.all', 'com.other'], []],
    ] as const) {
      for (const procedure of callable) await expectCallable(stage, role, procedure, true);
      const before = stage.requests.length;
      for (const procedure of refused) await expectCallable(stage, role, procedure, false);
      expect(stage.requests).to.have.length(before);
    }
    expect(await value(sql, `SELECT crossbar.revoke_call('public', 'com.all')`)).to.equal(true);
    expect(await value(sql, `SELECT crossbar.revoke_call('public', 'com.all')`)).to.equal(false);
    await expectCallable(stage, stranger, 'com.all', false);
    await expectCallable(stage, app, 'com.exact', true);
    await sql.query('DELETE FROM crossbar.call_permission');
    await expectCallable(stage, app, 'com.exact', false);
  });

  it('is granted to an existing role, for a pattern of procedures', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql } = stage;
    await using roles = await createRoles(sql, 2);
    const [admin = '', app = ''] = roles.names;
    await sql.query(
      `GRANT EXECUTE ON FUNCTION crossbar.grant_call, crossbar.revoke_call TO ${admin}; SET ROLE ${admin}`,
    );
    const grant = (role: string | null, pattern: string | null) =>
      sql.query('SELECT crossbar.grant_call($1, $2)', [role, pattern]);
    for (const role of ['absent', '', 'PUBLIC', `${app}x`, 'x'.repeat(64), null]) {
      const error = await errorOf(grant(role, 'com.a'));
      expect(error, `${role}`).to.include({ code: '42704' });
      expect(error.message).to.equal(`role ${role === null ? 'NULL' : `'${role}'`} does not exist`);
    }
    for (const pattern of ['', 'com a', 'com.#', '\n', 'a'.repeat(1001), null]) {
      const error = await errorOf(grant(app, pattern));
      expect(error, `${pattern}`).to.include({ code: '22023' });
      expect(error.message).to.match(/^pattern of procedures is not valid: /);
    }
    for (const pattern of ['*', 'com.*', 'co*', 'com', 'com..a', '.', 'wamp.session.count']) await grant(app, pattern);
    await sql.query('RESET ROLE');
    expect(await value(sql, 'SELECT count(*)::int FROM crossbar.call_permission')).to.equal(7);
  });

  it('depends on the role of the session in a SECURITY DEFINER function; the owner needs EXECUTE', async () => {
    await using stage = await openCallStage(returns('1'));
    const { sql, requests } = stage;
    await using roles = await createRoles(sql, 2);
    const [owner = '', user = ''] = roles.names;
    await sql.query(
      `REVOKE EXECUTE ON FUNCTION crossbar.call FROM PUBLIC; GRANT EXECUTE ON FUNCTION crossbar.call TO ${owner};
       CREATE FUNCTION for_all() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS $$ SELECT crossbar.call('com.a') $$;
       ALTER FUNCTION for_all() OWNER TO ${owner}; SELECT crossbar.grant_call('${user}', 'com.a'); SET ROLE ${user}`,
    );
    expect(await value(sql, 'SELECT for_all()')).to.equal(1);
    await expectDenied(sql, [`SELECT crossbar.call('com.a')`]);
    await sql.query(
      `RESET ROLE; SELECT crossbar.revoke_call('${user}', 'com.a'), crossbar.grant_call('${owner}', 'com.a'); SET ROLE ${user}`,
    );
    await expectDenied(sql, ['SELECT for_all()']);
    await sql.query('RESET ROLE');
    expect(requests.map(({ identity }) => identity.role)).to.deep.equal([user]);
  });

  it('is not extended by objects that shadow names', async () => {
    await using stage = await openCallStage(returns('1'));
    await stage.sql.query(
      `CREATE TEMPORARY TABLE link AS SELECT 'evil' AS realm; CREATE TEMPORARY TABLE call_permission AS SELECT 1 AS x;
       CREATE FUNCTION pg_temp.to_json(anyelement) RETURNS json LANGUAGE sql AS 'SELECT NULL::json';
       CREATE FUNCTION pg_temp.session_user() RETURNS name LANGUAGE sql AS $$ SELECT 'joe'::name $$;
       SET search_path = pg_temp, pg_catalog`,
    );
    expect(await value(stage.sql, `SELECT crossbar.call('com.a')`)).to.equal(1);
    expect(stage.requests[0]).to.deep.include({ procedure: 'com.a' });
    expect(stage.requests[0]?.identity).to.include({ session_user: 'postgres', role: 'postgres' });
  });
});
