import { database as databaseSchema } from '@pgwamp/config';
import { Connection as Session } from '@pgwamp/core/internal/postgres';
import type { Connection } from '@pgwamp/harness';
import { createSetUpDatabase, value } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import type { Finding } from '../../src/doctor/finding.ts';
import { checkGrantees, checkWorkerLogin } from '../../src/doctor/worker-login.ts';

/** A database with a worker login and a role that a function runs as. */
async function openStage() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  const sql = stack.use(await database.connect());
  const roles = stack.use(await createRoles(sql, 2));
  const [worker = '', app = ''] = roles.names;
  // Roles are the whole server's: what the test does to them ends with it.
  await sql.query(`ALTER ROLE ${worker} LOGIN NOINHERIT; GRANT ${app} TO crossbar, ${worker};
    CREATE FUNCTION add2(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
    SELECT crossbar.register('com.example.add2', 'add2(integer, integer)', '{"run_as": "${app}"}')`);
  const configuration = databaseSchema.parse({ ...crossbarLogin(database), worker: { user: worker, password: 'x' } });
  const session = stack.use(await Session.open(configuration, 'pgwamp doctor'));
  const kept = stack.move();
  return {
    sql,
    session,
    worker,
    app,
    check: () => checkWorkerLogin(session, configuration),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Runs the SQL of each finding that is not ok. */
async function fix(sql: Connection, found: readonly Finding[]): Promise<void> {
  for (const { fix } of found) if (fix !== undefined) await sql.query(fix);
}

describe('Doctor: login of the sessions that run functions', () => {
  const good = (worker: string) => [
    {
      check: 'worker login',
      verdict: 'ok',
      message: `role ${worker} has no privileges other than SET ROLE to other roles`,
    },
    {
      check: 'roles of functions',
      verdict: 'ok',
      message: `${worker} may SET ROLE to 1 role that functions run as`,
    },
  ];

  it('reports no problem', async () => {
    await using stage = await openStage();
    expect(await stage.check()).to.deep.equal(good(stage.worker));
  });

  it('reports attributes and memberships that functions could use, and its fix works', async () => {
    await using stage = await openStage();
    const { sql, worker, app } = stage;
    const isByGrant = await value(sql, `SELECT current_setting('server_version_num')::int >= 160000`);
    const inherits = isByGrant ? `GRANT ${app} TO ${worker} WITH INHERIT TRUE` : `ALTER ROLE ${worker} INHERIT`;
    await sql.query(`ALTER ROLE ${worker} NOLOGIN CREATEDB CREATEROLE; GRANT crossbar TO ${worker}; ${inherits};
      CREATE SCHEMA owned AUTHORIZATION ${worker}; REVOKE USAGE ON SCHEMA crossbar FROM PUBLIC`);
    const found = await stage.check();
    expect(found.map(({ verdict, message }) => `${verdict}: ${message}`)).to.include.members([
      `fail: role ${worker} may not log in`,
      `fail: role ${worker} has privileges that every function can use: the fix names them`,
      `fail: role ${worker} may SET ROLE to crossbar, and so may every function`,
      `warn: role ${worker} owns objects in ${sql.database}, and every function may change those`,
    ]);
    expect(found.map(({ fix }) => fix)).to.include.members([
      `ALTER ROLE ${worker} LOGIN;`,
      `ALTER ROLE ${worker} NOCREATEROLE NOCREATEDB;`,
      `REVOKE crossbar FROM ${worker};`,
      `REASSIGN OWNED BY ${worker} TO CURRENT_USER;`,
    ]);
    expect(found.find(({ message }) => /without SET ROLE/.test(message))?.message).to.include(app);
    await fix(sql, found);
    // Now the problem appears that the membership in crossbar concealed.
    await fix(sql, await stage.check());
    expect(await stage.check()).to.deep.equal(good(worker));
    await sql.query('DROP SCHEMA owned');
  });

  it('reports roles that the login may not SET ROLE to, including those of handlers, and a missing login', async () => {
    await using stage = await openStage();
    const { sql, session, worker, app } = stage;
    await sql.query(`REVOKE ${app} FROM ${worker}`);
    const failure = {
      check: 'roles of functions',
      verdict: 'fail',
      message: `role ${worker} may not SET ROLE to ${app}, which functions run as`,
      fix: `GRANT ${app} TO ${worker};`,
    };
    expect(await stage.check()).to.deep.include(failure);
    await sql.query(`SELECT crossbar.unregister('com.example.add2');
      INSERT INTO crossbar.async_call (id, procedure, identity, handler, role) VALUES (1, 'com.a', '{}', 'public.told', '${app}')`);
    const found = await stage.check();
    expect(found).to.deep.include(failure);
    await fix(sql, found);
    expect(await stage.check()).to.deep.equal(good(worker));
    const absent = databaseSchema.parse({ uri: 'postgres://crossbar@127.0.0.1/x', worker: { user: 'absent_worker' } });
    expect(await checkWorkerLogin(session, absent)).to.deep.equal([
      {
        check: 'worker login',
        verdict: 'fail',
        message: 'role absent_worker does not exist',
        fix: 'run section 4 of setup.sql, as superuser in this database',
      },
    ]);
  });

  it('reports roles that may execute functions without USAGE on the schema', async () => {
    await using stage = await openStage();
    const { sql, session, app } = stage;
    await sql.query(`GRANT EXECUTE ON FUNCTION crossbar.call TO ${app}; REVOKE USAGE ON SCHEMA crossbar FROM PUBLIC`);
    const found = await checkGrantees(session);
    expect(found).to.include({ check: 'schema usage', verdict: 'fail' });
    expect(found.message).to.include(`roles without USAGE on schema crossbar`).and.to.include(app);
    await fix(sql, [found]);
    expect(await checkGrantees(session)).to.include({ verdict: 'ok' });
  });
});
