import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, type InstallationReport, install, readSqlFiles } from '../../src/postgres/index.ts';
import { type PreparedDatabase, preparedDatabase } from '../support/database.ts';
import { copySqlFolder } from '../support/sql-folder.ts';

const nothing: InstallationReport = { migrations: [], functions: [] };

function open(database: PreparedDatabase): Promise<Connection> {
  return Connection.open(database.crossbar, 'installer');
}

async function everything(delivery: string): Promise<InstallationReport> {
  const { migrations, functions } = await readSqlFiles(delivery);
  return { migrations: migrations.map(({ name }) => name), functions: functions.map(({ name }) => name) };
}

async function sourceOf(connection: Connection, name: string): Promise<string | undefined> {
  const [row] = await connection.query<{ prosrc: string }>(
    `SELECT pg_get_functiondef(oid) AS prosrc FROM pg_proc WHERE proname = $1 AND pronamespace = 'crossbar'::regnamespace`,
    [name],
  );
  return row?.prosrc;
}

const functionFile = (body: string) =>
  `CREATE OR REPLACE FUNCTION crossbar.probe() RETURNS text LANGUAGE sql AS $$ ${body} $$;`;

describe('the installer', () => {
  it('installs everything into a fresh database, and the second time finds nothing to do', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    const expected = await everything('wal');
    expect(expected.functions).to.include('emit.wal.sql').and.not.to.include('emit.outbox.sql');
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(expected);
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(nothing);
  });

  it('does not write where all is in place', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await install(connection, { delivery: 'wal' });
    let transaction: unknown;
    await install(connection, { delivery: 'wal' }, async () => {
      [transaction] = await connection.query('SELECT pg_current_xact_id_if_assigned() AS id');
    });
    expect(transaction).to.deep.equal({ id: null });
  });

  it('puts the functions of another delivery in place of those of the one before', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await install(connection, { delivery: 'wal' });
    const { functions, migrations } = await install(connection, { delivery: 'outbox' });
    expect(functions).to.deep.equal(['emit.outbox.sql', 'emit_autonomous.notify+outbox.sql']);
    expect(migrations).to.deep.equal([]);
    expect(await sourceOf(connection, 'emit')).to.include('add_to_outbox');
    expect((await install(connection, { delivery: 'wal' })).functions).to.deep.equal([
      'emit.wal.sql',
      'emit_autonomous.wal.sql',
    ]);
  });

  it('changes no language of a function, for a session may read the body of the new one by the language of the old', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    const languages = new Map<string, Set<string>>();
    for (const delivery of ['wal', 'outbox', 'notify']) {
      await install(connection, { delivery });
      const functions = await connection.query<{ name: string; language: string }>(
        `SELECT pg_proc.oid::regprocedure::text AS name, lanname AS language
         FROM pg_proc JOIN pg_language ON prolang = pg_language.oid WHERE pronamespace = 'crossbar'::regnamespace`,
      );
      for (const { name, language } of functions) languages.set(name, (languages.get(name) ?? new Set()).add(language));
    }
    expect(languages.size).to.be.above(10);
    for (const [name, used] of languages) expect([...used], name).to.have.length(1);
  });

  it('succeeds for each of several that start at once, and one of them does the work', async () => {
    await using database = await preparedDatabase();
    await using one = await open(database);
    await using two = await open(database);
    await using three = await open(database);
    const reports = await Promise.all([one, two, three].map((each) => install(each, { delivery: 'outbox' })));
    expect(reports.filter(({ migrations }) => migrations.length > 0)).to.have.length(1);
    expect(reports.filter(({ functions }) => functions.length === 0)).to.have.length(2);
  });

  it('replaces a function whose file has changed, and adds one whose file is new', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using folder = await copySqlFolder();
    await install(connection, { delivery: 'wal' });
    for (const body of [`SELECT 'first'`, `SELECT 'second'`]) {
      await folder.write('functions/probe.sql', functionFile(body));
      const report = await install(connection, { delivery: 'wal', folder: folder.path });
      expect(report).to.deep.equal({ migrations: [], functions: ['probe.sql'] });
      expect(await sourceOf(connection, 'probe')).to.include(body);
    }
  });

  it('applies a new migration to what is there, in the order of the versions', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using folder = await copySqlFolder();
    await install(connection, { delivery: 'wal' });
    await folder.write('migrations/9002-b.sql', 'INSERT INTO crossbar.probe VALUES (2)');
    await folder.write('migrations/9001-a.sql', 'CREATE TABLE crossbar.probe (n int)');
    const report = await install(connection, { delivery: 'wal', folder: folder.path });
    expect(report).to.deep.equal({ migrations: ['9001-a.sql', '9002-b.sql'], functions: [] });
    expect(await connection.query('SELECT n FROM crossbar.probe')).to.deep.equal([{ n: 2 }]);
  });

  it('changes nothing at all when something fails, and the connection stays good', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using folder = await copySqlFolder();
    await folder.write('functions/zzz.sql', 'CREATE FUNCTION crossbar.zzz() RETURNS no_such_type LANGUAGE sql AS $$$$');
    const error = await rejection(install(connection, { delivery: 'wal', folder: folder.path }));
    expect(error).to.have.property('code', '42704');
    expect(await connection.query(`SELECT FROM pg_class WHERE relnamespace = 'crossbar'::regnamespace`)).to.have.length(
      0,
    );
    const refused = await rejection(
      install(connection, { delivery: 'wal' }, () => Promise.reject(new Error('not within'))),
    );
    expect(refused.message).to.equal('not within');
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(await everything('wal'));
  });
});
