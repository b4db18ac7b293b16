import { type Connection, type PostgresServer, startPostgres, type TestDatabase, waitFor } from '@pgwamp/harness';
import { EventClient } from '@pgwamp/harness/fixtures/event-client';
import { rows, runSqlFile } from '@pgwamp/harness/fixtures/sql-database';
import { createPublisher, type Delivery, deliveries } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';

/** Everything in a database, and everything of the whole server that the database can hold on to. */
function everything(sql: Connection): Promise<{ thing: string }[]> {
  return rows(
    sql,
    `SELECT 'relation ' || oid::regclass AS thing FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_toast'
     UNION ALL SELECT 'function ' || oid::regprocedure FROM pg_proc
     UNION ALL SELECT 'type ' || oid::regtype FROM pg_type WHERE typnamespace::regnamespace::text !~ '^pg_toast'
     UNION ALL SELECT 'schema ' || nspname FROM pg_namespace
     UNION ALL SELECT 'schema privileges ' || nspacl::text FROM pg_namespace
     UNION ALL SELECT 'extension ' || extname FROM pg_extension
     UNION ALL SELECT 'wrapper ' || fdwname FROM pg_foreign_data_wrapper
     UNION ALL SELECT 'server ' || srvname FROM pg_foreign_server
     UNION ALL SELECT 'mapping ' || srvname || usename FROM pg_user_mappings
     UNION ALL SELECT 'publication ' || pubname FROM pg_publication
     UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger
     UNION ALL SELECT 'default privileges ' || defaclacl::text FROM pg_default_acl
     UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
     UNION ALL SELECT 'role ' || rolname FROM pg_roles
     UNION ALL SELECT 'shared dependency ' || refobjid || ' ' || deptype::text FROM pg_shdepend
     ORDER BY 1`,
  );
}

interface Used extends AsyncDisposable {
  readonly sql: Connection;
  readonly database: TestDatabase;
  /** The objects that existed before. */
  readonly before: { thing: string }[];
  readonly stop: () => Promise<void>;
}

/** A database that has been set up and used, with a Publisher that is still running. */
async function useDatabase(server: PostgresServer, delivery: Delivery): Promise<Used> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await server.createDatabase());
  const sql = stack.use(await database.connect());
  await sql.query('CREATE TABLE people (id integer)');
  const before = await everything(sql);
  await runSqlFile(database, 'setup.sql');
  const router = stack.use(createRouter({ realms: ['realm1'] }));
  const publisher = stack.use(createPublisher(database, router, delivery));
  await publisher.start();
  const client = stack.use(await EventClient.join(router, ['com.example.people']));
  await sql.query(`CREATE TRIGGER people_changed AFTER INSERT ON people FOR EACH ROW
    EXECUTE FUNCTION crossbar.publish_row_change('com.example.people'); INSERT INTO people VALUES (1);
    CREATE FUNCTION nothing() RETURNS crossbar.result LANGUAGE sql AS 'SELECT NULL::crossbar.result';
    SELECT crossbar.register('com.example.nothing', 'nothing()', '{"run_as": "crossbar"}');
    SELECT crossbar.subscribe('com.example.nothing', 'nothing()', '{"run_as": "crossbar"}');
    SELECT crossbar.call_async('com.example.nothing'); INSERT INTO crossbar.call_permission VALUES ('public', 'com.example.nothing');
    SELECT crossbar.publish('com.example.people', autonomous => true)`);
  await client.payloads(2);
  const kept = stack.move();
  return { sql, database, before, stop: () => publisher.stop(), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

describe('sql/uninstall.sql', () => {
  for (const delivery of deliveries) {
    it(`removes everything, with delivery ${delivery}`, async () => {
      await using server = await startPostgres({ own: true });
      await using used = await useDatabase(server, delivery);
      await used.stop();
      await runSqlFile(used.database, 'uninstall.sql');
      expect(await everything(used.sql)).to.deep.equal(used.before);
      expect(await rows(used.sql, 'SELECT id FROM people')).to.deep.equal([{ id: 1 }]);
    });

    it(`removes everything while a Publisher is connected, with delivery ${delivery}`, async () => {
      await using server = await startPostgres({ own: true });
      await using used = await useDatabase(server, delivery);
      await runSqlFile(used.database, 'uninstall.sql');
      expect(await everything(used.sql)).to.deep.equal(used.before);
      const sessions = `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'pgwamp%'`;
      const none = async () => (await rows(used.sql, sessions)).length === 0;
      await waitFor(none, { what: 'the Publisher to be disconnected' });
    });
  }

  it('keeps the role if another database of the server uses it', async () => {
    await using server = await startPostgres({ own: true });
    await using other = await useDatabase(server, 'wal');
    await using used = await useDatabase(server, 'wal');
    await runSqlFile(used.database, 'uninstall.sql');
    await used.stop();
    const left = await rows<{ thing: string }>(
      used.sql,
      `SELECT nspname AS thing FROM pg_namespace WHERE nspname ~ '^crossbar'
       UNION ALL SELECT slot_name FROM pg_replication_slots WHERE database = current_database()`,
    );
    expect(left).to.deep.equal([]);
    const others = await rows(other.sql, 'SELECT active FROM pg_replication_slots WHERE database = current_database()');
    expect(others).to.deep.equal([{ active: true }]);
  });

  it('may be run without an installation, and twice', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using sql = await database.connect();
    const before = await everything(sql);
    await runSqlFile(database, 'uninstall.sql');
    await runSqlFile(database, 'setup.sql');
    await runSqlFile(database, 'uninstall.sql');
    await runSqlFile(database, 'uninstall.sql');
    expect(await everything(sql)).to.deep.equal(before);
  });

  it('keeps a dblink extension that existed before', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using sql = await database.connect();
    await sql.query('CREATE EXTENSION dblink');
    const before = await everything(sql);
    await runSqlFile(database, 'setup.sql');
    await runSqlFile(database, 'uninstall.sql');
    expect(await everything(sql)).to.deep.equal(before);
  });
});
