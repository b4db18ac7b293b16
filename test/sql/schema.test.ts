import { database as databaseSchema } from '@pgwamp/config';
import { bundleSql, Connection, install, readSqlFiles, summaryOf } from '@pgwamp/core/internal/postgres';
import { sharedPostgres, type TestDatabase } from '@pgwamp/harness';
import { createSetUpDatabase, rows, runSqlFile, sqlFile, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { crossbarLogin, deliveries } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { describeSchema } from '../../scripts/schema/describe.ts';

async function asComponent(database: TestDatabase, delivery: string) {
  await using connection = await Connection.open(databaseSchema.parse(crossbarLogin(database)), 'pgwamp test');
  return await install(connection, { delivery });
}

async function bundle(): Promise<string> {
  return bundleSql(await readSqlFiles('outbox'));
}

async function described(database: TestDatabase): Promise<string> {
  await using superuser = await database.connect();
  return await describeSchema(superuser);
}

describe('Schema crossbar', () => {
  for (const delivery of deliveries) {
    it(`matches sql/schema.txt, which "npm run schema" writes, with delivery ${delivery}`, async () => {
      await using database = await createSetUpDatabase();
      await asComponent(database, delivery);
      expect(await described(database)).to.equal(await sqlFile('schema.txt'));
    });
  }

  it('contains the public functions, tables and views, and no others', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const functions = await rows<{ name: string }>(
      sql,
      `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'crossbar'::regnamespace AND proname !~ '^_'`,
    );
    expect(functions.map(({ name }) => name)).to.have.members([
      ...['publish', 'publish_row_change', 'raise', 'register', 'unregister', 'subscribe', 'unsubscribe'],
      ...['call', 'call_each', 'call_stream', 'call_async', 'grant_call', 'revoke_call'],
      ...['pause_proxy', 'resume_proxy', 'rewind_proxy', 'accept_gap'],
      ...['retry_parked', 'retry_parked', 'discard_parked', 'discard_parked'],
    ]);
    const relations = await rows<{ name: string }>(
      sql,
      `SELECT relname AS name FROM pg_class
       WHERE relnamespace = 'crossbar'::regnamespace AND relkind IN ('r', 'v', 'c', 'm', 'f', 'p') AND relname !~ '^_'`,
    );
    expect(relations.map(({ name }) => name)).to.have.members([
      ...['publications', 'realms', 'registrations', 'subscriptions', 'calls', 'result', 'proxies'],
      ...['async_call', 'call_permission', 'failed_event', 'outbox', 'realm', 'refused_publication'],
      ...['proxy', 'parked_message'],
    ]);
  });

  it('has a replica identity for every logged table, so that a publication FOR ALL TABLES does not refuse changes', async () => {
    await using database = await createSetUpDatabase();
    await runSqlFile(database, 'events/events.sql');
    await using sql = await database.connect();
    const tables = await rows(
      sql,
      `SELECT oid::regclass::text AS name FROM pg_class
       WHERE relkind IN ('r', 'p') AND relpersistence = 'p' AND relreplident <> 'f'
         AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
         AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND (indisprimary OR indisreplident))`,
    );
    expect(tables).to.deep.equal([]);
  });

  it('has a comment on each public object and column', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const missing = await rows(
      sql,
      `SELECT oid::regprocedure::text AS name FROM pg_proc
       WHERE pronamespace = 'crossbar'::regnamespace AND proname !~ '^_' AND obj_description(oid, 'pg_proc') IS NULL
       UNION ALL
       SELECT oid::regclass::text FROM pg_class
       WHERE relnamespace = 'crossbar'::regnamespace AND relkind IN ('r', 'v') AND relname !~ '^_' AND obj_description(oid, 'pg_class') IS NULL
       UNION ALL
       SELECT typname FROM pg_type JOIN pg_class ON pg_class.oid = typrelid
       WHERE typnamespace = 'crossbar'::regnamespace AND relkind = 'c' AND typname !~ '^_' AND obj_description(pg_type.oid, 'pg_type') IS NULL
       UNION ALL
       SELECT relname || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       WHERE relnamespace = 'crossbar'::regnamespace AND relkind IN ('r', 'v', 'c') AND relname !~ '^_' AND attnum > 0
         AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL`,
    );
    expect(missing).to.deep.equal([]);
  });
});

describe('crossbar.sql', () => {
  async function emptyDatabase(): Promise<TestDatabase> {
    const database = await (await sharedPostgres()).createDatabase();
    await runSqlFile(database, 'setup.sql');
    return database;
  }

  for (const user of ['a superuser', 'role crossbar']) {
    it(`creates the same as the installer, run by ${user}, and the installer accepts it`, async () => {
      await using database = await emptyDatabase();
      await using sql = await database.connect(user === 'role crossbar' ? crossbarLogin(database) : {});
      await sql.query(await bundle());
      expect(await described(database)).to.equal(await sqlFile('schema.txt'));
      expect(summaryOf(await asComponent(database, 'outbox'))).to.equal(undefined);
      const { migrations, functions } = await asComponent(database, 'wal');
      expect([migrations, functions]).to.deep.equal([[], ['_emit.wal.sql', '_emit_autonomous.wal.sql']]);
    });
  }

  it('runs in the transaction of the calling tool, and does not change its settings', async () => {
    await using database = await emptyDatabase();
    await using sql = await database.connect();
    const settings = `SELECT current_user, current_setting('search_path') AS path, current_setting('check_function_bodies') AS check,
      current_setting('standard_conforming_strings') AS strings, current_setting('quote_all_identifiers') AS quote`;
    await sql.query('BEGIN; SET LOCAL search_path = public; SET LOCAL quote_all_identifiers = on');
    const before = await rows(sql, settings);
    await sql.query(await bundle());
    expect(await rows(sql, settings)).to.deep.equal(before);
    await sql.query('ROLLBACK');
    expect(await value(sql, `SELECT to_regclass('crossbar._migration')`)).to.equal(null);
  });

  it('reports that pgwamp is already installed', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    const error = await errorOf(sql.query(await bundle()));
    expect(error).to.include({ code: '42P07', message: 'pgwamp is installed in this database already' });
  });
});
