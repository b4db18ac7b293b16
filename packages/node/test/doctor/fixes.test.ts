import { database as databaseSchema } from '@pgwamp/config';
import { type PostgresServer, startPostgres } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { checkDatabase } from '../../src/doctor/database.ts';
import type { Finding } from '../../src/doctor/finding.ts';

/** Copies each fix into a session of the superuser, one statement after the other. */
async function copyFixes(server: PostgresServer, database: string, found: readonly Finding[]): Promise<void> {
  await using sql = await server.connect(database);
  for (const { fix = '' } of found) {
    const [statements = ''] = fix.split('  --');
    for (const statement of statements.split(/;\s*/).filter(Boolean)) await sql.query(statement);
  }
}

describe('pgwamp doctor: fixes', () => {
  it('solve all problems when they are copied', async () => {
    const settings = { wal_level: 'replica', max_replication_slots: '1', max_prepared_transactions: '1' };
    await using server = await startPostgres({ settings });
    await using database = await createSetUpDatabase(server);
    const login = databaseSchema.parse(crossbarLogin(database));
    // Neither is fixed by SQL.
    const others = ['failover', 'call from SQL'];
    const problems = async () =>
      (await checkDatabase(login)).filter(
        ({ check, verdict }) => (verdict === 'warn' || verdict === 'fail') && !others.includes(check),
      );
    {
      await using sql = await database.connect();
      await sql.query(`CREATE ROLE "Owner"; ALTER SCHEMA crossbar OWNER TO "Owner"; GRANT ALL ON SCHEMA crossbar TO crossbar;
        DROP PUBLICATION crossbar; ALTER ROLE crossbar NOREPLICATION; DROP EXTENSION dblink CASCADE; DROP SCHEMA crossbar_dblink;
        CREATE ROLE runner; GRANT EXECUTE ON FUNCTION crossbar.publish TO runner; REVOKE USAGE ON SCHEMA crossbar FROM PUBLIC;
        ALTER ROLE crossbar_worker NOLOGIN CREATEDB`);
      await sql.query(`SELECT pg_create_physical_replication_slot('standby', true)`);
    }
    const found = await problems();
    expect(found.map(({ check, verdict }) => `${verdict} ${check}`)).to.deep.equal([
      'fail schema',
      'warn rights',
      'fail worker login',
      'fail worker login',
      'fail schema usage',
      'warn wal_level',
      'warn publication',
      'warn free slots',
      'warn max_slot_wal_keep_size',
      'warn dblink',
    ]);
    await copyFixes(server, database.name, found);
    await server.stop();
    await server.start();
    expect(await problems()).to.deep.equal([]);
  });

  it('moves dblink into its schema', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await createSetUpDatabase(server);
    {
      await using sql = await database.connect();
      await sql.query('DROP EXTENSION dblink CASCADE; DROP SCHEMA crossbar_dblink; CREATE EXTENSION dblink');
    }
    const login = databaseSchema.parse(crossbarLogin(database));
    const dblink = async () => (await checkDatabase(login)).filter(({ check }) => check === 'dblink');
    const found = await dblink();
    expect(found).to.have.lengthOf(1);
    expect(found[0]).to.include({ verdict: 'fail' });
    await copyFixes(server, database.name, found);
    expect((await dblink())[0]).to.include({ verdict: 'ok' });
  });

  it('reports "skip" for transactions that the role may not see', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await createSetUpDatabase(server);
    const login = databaseSchema.parse(crossbarLogin(database));
    const transactions = async () => (await checkDatabase(login)).filter(({ check }) => check === 'transactions');
    const hidden = await transactions();
    expect(hidden[0]).to.include({ verdict: 'skip' });
    await copyFixes(server, database.name, hidden);
    expect(await transactions()).to.deep.equal([
      { check: 'transactions', verdict: 'ok', message: 'no transaction is older than 5 minutes' },
    ]);
  });
});
