import { plant } from '@pgwamp/harness/fixtures/planted-operators';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { SqlFilesError } from '../../src/errors.ts';
import { Connection, type InstallationReport, install, readSqlFiles } from '../../src/postgres/index.ts';
import { type PreparedDatabase, preparedDatabase } from '../support/database.ts';
import { copySqlFolder } from '../support/sql-folder.ts';

const nothing: InstallationReport = { migrations: [], functions: [], dropped: [], privileges: [] };

function open(database: PreparedDatabase): Promise<Connection> {
  return Connection.open(database.crossbar, 'installer');
}

async function everything(delivery: string): Promise<InstallationReport> {
  const { migrations, functions } = await readSqlFiles(delivery);
  return { ...nothing, migrations: migrations.map(({ name }) => name), functions: functions.map(({ name }) => name) };
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

describe('Installer', () => {
  it('installs everything into a fresh database, and nothing when it runs again', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    const expected = await everything('wal');
    expect(expected.functions).to.include('_emit.wal.sql').and.not.to.include('_emit.outbox.sql');
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(expected);
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(nothing);
  });

  it('assigns no transaction id if everything is up to date', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await install(connection, { delivery: 'wal' });
    let transaction: unknown;
    await install(connection, { delivery: 'wal' }, async () => {
      [transaction] = await connection.query('SELECT pg_current_xact_id_if_assigned() AS id');
    });
    expect(transaction).to.deep.equal({ id: null });
  });

  it('replaces the functions of one delivery with those of another', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await install(connection, { delivery: 'wal' });
    const { functions, migrations } = await install(connection, { delivery: 'outbox' });
    expect(functions).to.deep.equal(['_emit.outbox.sql', '_emit_autonomous.notify+outbox.sql']);
    expect(migrations).to.deep.equal([]);
    expect(await sourceOf(connection, '_emit')).to.include('_add_to_outbox');
    expect((await install(connection, { delivery: 'wal' })).functions).to.deep.equal([
      '_emit.wal.sql',
      '_emit_autonomous.wal.sql',
    ]);
  });

  it('does not change the language of a function with the delivery, since open sessions may still use the former one', async () => {
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

  it('succeeds for several concurrent installations, one of which does the work', async () => {
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
      expect(report).to.deep.equal({ ...nothing, functions: ['probe.sql'] });
      expect(await sourceOf(connection, 'probe')).to.include(body);
    }
  });

  it('applies new migrations in the order of their versions', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using folder = await copySqlFolder();
    await install(connection, { delivery: 'wal' });
    await folder.write('migrations/9002-b.sql', 'INSERT INTO crossbar.probe VALUES (2)');
    await folder.write('migrations/9001-a.sql', 'CREATE TABLE crossbar.probe (n int)');
    const report = await install(connection, { delivery: 'wal', folder: folder.path });
    expect(report).to.deep.equal({ ...nothing, migrations: ['9001-a.sql', '9002-b.sql'] });
    expect(await connection.query('SELECT n FROM crossbar.probe')).to.deep.equal([{ n: 2 }]);
  });

  it('applies a file after the files that it needs', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using folder = await copySqlFolder();
    const returns = (name: string, body: string) =>
      `CREATE OR REPLACE FUNCTION crossbar.${name}() RETURNS integer LANGUAGE sql RETURN ${body};`;
    await folder.write('functions/_a.sql', `-- needs: _z, publish\n${returns('_a', 'crossbar._z() + 1')}`);
    await folder.write('functions/_z.sql', returns('_z', '1'));
    const { functions } = await install(connection, { delivery: 'wal', folder: folder.path });
    expect(functions.indexOf('_a.sql')).to.be.above(functions.indexOf('_z.sql'));
    expect(await connection.query('SELECT crossbar._a() AS sum')).to.deep.equal([{ sum: 2 }]);
  });

  it('refuses circular needs, a missing need, and a file that does not create its function', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    for (const [files, problem] of [
      [{ _a: '-- needs: _b\n', _b: '-- needs: _a\n' }, '_a.sql needs _b.sql needs _a.sql: a circle'],
      [{ _a: '-- needs: _c\n' }, '_a.sql needs _c, which no file makes'],
      [{ _a: functionFile('SELECT 1') }, '_a.sql does not make function _a'],
    ] as const) {
      await using folder = await copySqlFolder();
      for (const [name, text] of Object.entries(files)) await folder.write(`functions/${name}.sql`, text);
      const error = await rejection(install(connection, { delivery: 'wal', folder: folder.path }));
      expect(error).to.be.instanceOf(SqlFilesError).and.to.have.property('fatal', true);
      expect(error.message).to.equal(`the SQL files cannot be installed: ${problem}`);
    }
  });

  it('drops a function whose file was removed or now has other parameters', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using folder = await copySqlFolder();
    const one = 'CREATE OR REPLACE FUNCTION crossbar._one(n integer) RETURNS integer LANGUAGE sql RETURN n;';
    const two =
      '-- needs: _one\nCREATE OR REPLACE FUNCTION crossbar._two() RETURNS integer LANGUAGE sql RETURN crossbar._one(2);';
    await folder.write('functions/_one.sql', one);
    await folder.write('functions/_two.sql', two);
    await install(connection, { delivery: 'wal', folder: folder.path });
    await folder.write('functions/_one.sql', one.replaceAll('integer', 'bigint'));
    await folder.write(
      'functions/_two.sql',
      two.replace('(2)', '(2::bigint)').replace('RETURNS integer', 'RETURNS bigint'),
    );
    const refused = await rejection(install(connection, { delivery: 'wal', folder: folder.path }));
    expect(refused, 'PostgreSQL changes no type of a result').to.have.property('code', '42P13');
    await folder.write('functions/_two.sql', two.replace('(2)', '(2::bigint)::integer'));
    const changed = await install(connection, { delivery: 'wal', folder: folder.path });
    expect(changed).to.deep.equal({
      ...nothing,
      functions: ['_one.sql', '_two.sql'],
      dropped: ['crossbar._one(integer)'],
    });
    await folder.remove('functions/_one.sql');
    await folder.remove('functions/_two.sql');
    const { dropped } = await install(connection, { delivery: 'wal', folder: folder.path });
    expect(dropped).to.have.members(['crossbar._one(bigint)', 'crossbar._two()']);
    expect(await sourceOf(connection, '_one')).to.equal(undefined);
    expect(await install(connection, { delivery: 'wal', folder: folder.path })).to.deep.equal(nothing);
  });

  it('restores the privileges of PUBLIC after a restore without privileges', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await install(connection, { delivery: 'wal' });
    const executable = `SELECT oid::regprocedure::text AS name FROM pg_proc WHERE pronamespace = 'crossbar'::regnamespace
      AND has_function_privilege('public', oid, 'EXECUTE') ORDER BY 1`;
    const before = await connection.query(executable);
    await connection.query('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA crossbar TO PUBLIC');
    await using superuser = await database.connect();
    await superuser.query(
      `SET allow_system_table_mods = on; UPDATE pg_namespace SET nspacl = NULL WHERE nspname = 'crossbar'`,
    );
    expect(await connection.query(executable)).to.have.length.above(before.length);
    const { privileges, ...rest } = await install(connection, { delivery: 'wal' });
    expect(privileges).to.include.members([
      'GRANT USAGE ON SCHEMA crossbar TO PUBLIC',
      'REVOKE ALL ON ROUTINE crossbar._remove_endpoints(regprocedure,bigint[]) FROM PUBLIC',
    ]);
    expect({ ...rest, privileges: [] }).to.deep.equal(nothing);
    expect(await connection.query(executable)).to.deep.equal(before);
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(nothing);
  });

  it('keeps privileges that an operator has granted to a role or revoked from PUBLIC', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await install(connection, { delivery: 'wal' });
    await connection.query(
      'GRANT EXECUTE ON FUNCTION crossbar.call TO pg_monitor; REVOKE EXECUTE ON FUNCTION crossbar.publish FROM PUBLIC',
    );
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(nothing);
    const [rights] = await connection.query(
      `SELECT has_function_privilege('pg_monitor', 'crossbar.call(text,jsonb,jsonb,jsonb)', 'EXECUTE') AS call,
         has_function_privilege('public', 'crossbar.publish(text,jsonb,jsonb,jsonb,boolean)', 'EXECUTE') AS publish`,
    );
    expect(rights).to.deep.equal({ call: true, publish: false });
  });

  it('installs a second schema from another folder, with its own history', async () => {
    await using database = await preparedDatabase();
    await using connection = await open(database);
    await using superuser = await database.connect();
    await superuser.query('CREATE SCHEMA "other one" AUTHORIZATION crossbar');
    await using folder = await copySqlFolder();
    await folder.empty();
    await folder.write('migrations/0001-a.sql', 'CREATE TABLE "other one".thing (n integer);');
    await folder.write(
      'functions/count.sql',
      'CREATE OR REPLACE FUNCTION "other one".count() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM "other one".thing);',
    );
    const other = { schema: 'other one', folder: folder.path };
    expect(await install(connection, other)).to.deep.equal({
      ...nothing,
      migrations: ['0001-a.sql'],
      functions: ['count.sql'],
      privileges: ['GRANT USAGE ON SCHEMA "other one" TO PUBLIC'],
    });
    expect(await install(connection, { delivery: 'wal' })).to.deep.equal(await everything('wal'));
    expect(await install(connection, other)).to.deep.equal(nothing);
    expect(await connection.query('SELECT "other one".count()')).to.deep.equal([{ count: '0' }]);
  });

  it('runs no operator or function that another role has planted', async () => {
    await using database = await preparedDatabase();
    await using superuser = await database.connect();
    await plant(superuser);
    await using connection = await open(database);
    await connection.query('SET search_path = public');
    await install(connection, { delivery: 'wal' });
    expect(await connection.query('SELECT DISTINCT name FROM public.trap')).to.deep.equal([]);
  });

  it('changes nothing if a file or the callback fails, and the connection stays usable', async () => {
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
