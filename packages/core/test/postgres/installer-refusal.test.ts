import {
  DatabaseNewerError,
  ForeignObjectsError,
  MigrationChangedError,
  type PgwampError,
  SchemaMissingError,
} from '@pgwamp/core';
import { connect, startPostgres } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, install } from '../../src/postgres/index.ts';
import { databaseConfiguration, type PreparedDatabase, preparedDatabase } from '../support/database.ts';
import { copySqlFolder } from '../support/sql-folder.ts';

/** The error of an installation; all of these are beyond mending by trying again. */
async function refusal(database: PreparedDatabase, folder?: string): Promise<PgwampError> {
  await using connection = await Connection.open(database.crossbar, 'installer');
  const error = await rejection<PgwampError>(install(connection, { delivery: 'wal', ...(folder && { folder }) }));
  expect(error.fatal).to.equal(true);
  return error;
}

async function installed() {
  const database = await preparedDatabase();
  await using connection = await Connection.open(database.crossbar, 'installer');
  await install(connection, { delivery: 'wal' });
  return database;
}

/** Runs SQL as superuser. */
async function asSuperuser(database: PreparedDatabase, sql: string): Promise<void> {
  await using superuser = await database.connect();
  await superuser.query(sql);
}

describe('Installer: refusals', () => {
  it('refuses a database that a newer pgwamp installed', async () => {
    await using database = await installed();
    await using folder = await copySqlFolder();
    await folder.write('migrations/9001-next.sql', 'SELECT 1');
    await using connection = await Connection.open(database.crossbar, 'installer');
    await install(connection, { delivery: 'wal', folder: folder.path });
    const error = await refusal(database);
    expect(error).to.be.instanceOf(DatabaseNewerError);
    expect(error.message)
      .to.include('migration 9001')
      .and.to.match(/up to \d/);
  });

  it('refuses a migration that has changed since it was applied', async () => {
    await using database = await installed();
    await using folder = await copySqlFolder();
    await folder.write('migrations/0001-schema.sql', 'SELECT 1');
    const error = await refusal(database, folder.path);
    expect(error).to.be.instanceOf(MigrationChangedError);
    expect(error.message).to.include('0001-schema.sql');
  });

  it('refuses a database without the schema, and names the setup to run', async () => {
    await using database = await preparedDatabase();
    await asSuperuser(database, 'DROP SCHEMA crossbar CASCADE');
    const error = await refusal(database);
    expect(error).to.be.instanceOf(SchemaMissingError);
    expect(error.message).to.include(database.name).and.to.include('crossbar').and.to.include('sql/setup.sql');
  });

  it('refuses a schema that another role owns', async () => {
    await using database = await preparedDatabase();
    await asSuperuser(
      database,
      'DROP SCHEMA crossbar; CREATE SCHEMA crossbar; GRANT ALL ON SCHEMA crossbar TO crossbar',
    );
    expect(await refusal(database)).to.be.instanceOf(SchemaMissingError);
  });

  const foreign: [object: string, sql: string, name: RegExp][] = [
    ['a table', 'CREATE TABLE crossbar.theirs (n int)', /relation crossbar\.theirs \(owner /],
    [
      'a function',
      'CREATE FUNCTION crossbar.theirs() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      /function crossbar\.theirs\(\)/,
    ],
    ['a type', `CREATE TYPE crossbar.theirs AS ENUM ('a')`, /type crossbar\.theirs/],
    ['a view', 'CREATE VIEW crossbar."The irs" AS SELECT 1 AS n', /relation crossbar\."The irs"/],
  ];
  for (const [object, sql, name] of foreign) {
    it(`refuses ${object} of another role in its schema, by name`, async () => {
      await using database = await preparedDatabase();
      await asSuperuser(database, sql);
      const error = await refusal(database);
      expect(error).to.be.instanceOf(ForeignObjectsError);
      expect(error.message).to.match(name);
    });
  }
});

describe('Installer: role crossbar with the first four statements of sql/setup.sql only', () => {
  const statements = [
    'CREATE ROLE crossbar LOGIN INHERIT',
    `ALTER ROLE crossbar ENCRYPTED PASSWORD 'crossbar'`,
    'CREATE SCHEMA crossbar AUTHORIZATION crossbar',
    'GRANT USAGE ON SCHEMA crossbar TO public',
  ];

  it('installs every delivery, and every role can publish', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await server.createDatabase();
    await using superuser = await database.connect();
    for (const statement of statements) await superuser.query(statement);
    await superuser.query(`CREATE ROLE joe LOGIN PASSWORD 'joe'`);
    const role = { ...database.config, user: 'crossbar', password: 'crossbar' };
    await using connection = await Connection.open(databaseConfiguration(role), 'installer');
    await using joe = await connect({ ...database.config, user: 'joe', password: 'joe' });
    for (const delivery of ['outbox', 'notify', 'wal']) {
      await install(connection, { delivery });
      const { rows } = await joe.query(`SELECT crossbar.publish('com.example.topic', '[1]') > 0 AS published`);
      expect(rows, delivery).to.deep.equal([{ published: true }]);
    }
  });
});
