import type { DatabaseConfiguration } from '@pgwamp/config';
import { sharedPostgres } from '@pgwamp/harness';
import { expect } from 'chai';
import { Connection, prepareLoopback } from '../../src/postgres/index.ts';
import {
  databaseConfiguration,
  installedDatabase,
  type PreparedDatabase,
  preparedDatabase,
} from '../support/database.ts';

async function prepare(database: PreparedDatabase, configuration: DatabaseConfiguration = database.crossbar) {
  await using connection = await Connection.open(database.crossbar, 'test');
  await prepareLoopback(connection, configuration);
  return await connection.query<{ oid: number; options: string[] }>(
    `SELECT oid::int, srvoptions AS options FROM pg_foreign_server WHERE srvname = 'crossbar_loopback'`,
  );
}

describe('Loopback server', () => {
  it('leads to its own database, and is created again only after a change', async () => {
    await using database = await preparedDatabase();
    const [first, ...others] = await prepare(database);
    expect(others).to.deep.equal([]);
    expect(first?.options.slice().sort()).to.deep.include.members([`dbname=${database.name}`]);
    expect(await prepare(database)).to.deep.equal([first]);
    const changed = { ...database.crossbar, password: "another, with = and ' in it" };
    expect((await prepare(database, changed))[0]?.oid).not.to.equal(first?.oid);
  });

  it('publishes autonomously in a transaction that is rolled back', async () => {
    await using database = await installedDatabase('outbox');
    const server = await sharedPostgres();
    await prepare(database, databaseConfiguration({ uri: server.url(database.name, 'crossbar', 'crossbar') }));
    await using client = await database.connect();
    await client.query('BEGIN');
    await client.query(`SELECT crossbar.publish('com.example.autonomous', autonomous => true)`);
    await client.query(`SELECT crossbar.publish('com.example.taken_back')`);
    await client.query('ROLLBACK');
    const { rows } = await client.query<{ content: string }>('SELECT content FROM crossbar.outbox');
    expect(rows.map(({ content }) => content.split('\n')[0])).to.deep.equal(['com.example.autonomous']);
  });

  it('shows its password to no other role', async () => {
    await using database = await preparedDatabase();
    await prepare(database);
    await using superuser = await database.connect();
    await superuser.query(`CREATE ROLE "eve ${database.name}"; SET ROLE "eve ${database.name}"`);
    const { rows } = await superuser.query(
      `SELECT umoptions FROM pg_user_mappings WHERE srvname = 'crossbar_loopback'`,
    );
    expect(rows).to.deep.equal([{ umoptions: null }]);
    await superuser.query(`RESET ROLE; DROP ROLE "eve ${database.name}"`);
  });

  it('is not created without a password or without dblink', async () => {
    await using database = await preparedDatabase();
    const { host, port } = await sharedPostgres();
    const fields = { host, port, database: database.name, user: 'crossbar' };
    expect(await prepare(database, databaseConfiguration(fields))).to.deep.equal([]);
    await using superuser = await database.connect();
    await superuser.query('DROP EXTENSION dblink');
    expect(await prepare(database)).to.deep.equal([]);
  });
});
