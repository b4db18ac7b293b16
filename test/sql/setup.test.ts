import { connect, startPostgres } from '@pgwamp/harness';
import { rows, runSqlFile, sqlFile } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createPublisher, crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { pino } from 'pino';

describe('sql/setup.sql', () => {
  it('may be run again, and keeps a changed password', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await runSqlFile(database, 'setup.sql');
    await using sql = await database.connect();
    await sql.query(`ALTER ROLE crossbar PASSWORD 'something safe'`);
    await runSqlFile(database, 'setup.sql');
    await using login = await connect({ ...crossbarLogin(database), password: 'something safe' });
    expect(await rows(login, 'SELECT current_user AS name')).to.deep.equal([{ name: 'crossbar' }]);
    expect((await errorOf(connect(crossbarLogin(database)))).code).to.equal('28P01');
  });

  it('may be run again while everything works', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await runSqlFile(database, 'setup.sql');
    await using router = createRouter({ realms: ['realm1'] });
    await using publisher = createPublisher(database, router);
    await publisher.start();
    await runSqlFile(database, 'setup.sql');
    expect(publisher.status()).to.include({ state: 'running', delivery: 'wal', reconnects: 0 });
  });

  it('supports several databases of one server', async () => {
    await using server = await startPostgres({ own: true });
    await using first = await server.createDatabase();
    await using second = await server.createDatabase();
    await runSqlFile(first, 'setup.sql');
    await runSqlFile(second, 'setup.sql');
    await using router = createRouter({ realms: ['realm1'] });
    await using one = createPublisher(first, router);
    await using other = createPublisher(second, router);
    await Promise.all([one.start(), other.start()]);
    expect([one.status().delivery, other.status().delivery]).to.deep.equal(['wal', 'wal']);
  });

  it('works in parts for a role that is not a superuser, and reports the others', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using superuser = await database.connect();
    await superuser.query(
      `CREATE ROLE master LOGIN CREATEROLE PASSWORD 'master'; GRANT CREATE ON DATABASE "${database.name}" TO master`,
    );
    await using master = await database.connect({ user: 'master', password: 'master' });
    const [, ...parts] = (await sqlFile('setup.sql')).split(/^(?=-- \d\. )/m);
    const codes: string[] = [];
    for (const part of parts)
      codes.push(
        await master.query(part).then(
          () => 'done',
          ({ code }) => code,
        ),
      );
    expect(codes).to.deep.equal(['done', '42501', '42501', 'done']);

    await using router = createRouter({ realms: ['realm1'] });
    const log: string[] = [];
    const write = (line: string) => log.push(JSON.parse(line).msg);
    await using publisher = createPublisher(database, router, 'auto', { log: pino({}, { write }) });
    await publisher.start();
    expect(publisher.status()).to.include({ state: 'running', delivery: 'outbox' });
    expect(log.join('\n')).to.include('role crossbar has no REPLICATION');
  });

  it('gives the role its schema, REPLICATION and dblink only', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await runSqlFile(database, 'setup.sql');
    await using sql = await database.connect();
    const role = await rows(
      sql,
      `SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication, rolcanlogin,
         (SELECT count(*)::integer FROM pg_auth_members WHERE member = pg_roles.oid) AS memberships
       FROM pg_roles WHERE rolname = 'crossbar'`,
    );
    expect(role).to.deep.equal([
      {
        rolsuper: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolbypassrls: false,
        rolreplication: true,
        rolcanlogin: true,
        memberships: 0,
      },
    ]);
  });
});
