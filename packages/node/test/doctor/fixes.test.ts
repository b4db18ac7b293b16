import { database as databaseSchema } from '@pgwamp/config';
import { type PostgresServer, startPostgres, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase, value } from '@pgwamp/harness/fixtures/sql-database';
import { createPublisher, crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { checkDatabase, type Limits } from '../../src/doctor/database.ts';
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

  it('end transactions that are open for long, once the role may see them', async () => {
    await using server = await startPostgres({ settings: { max_prepared_transactions: '2' } });
    await using database = await createSetUpDatabase(server);
    await using other = await server.createDatabase();
    const login = databaseSchema.parse(crossbarLogin(database));
    const limits: Limits = { transactionAge: '1 millisecond', freeDisk: 0 };
    const transactions = async () =>
      (await checkDatabase(login, limits)).filter(({ check }) => check === 'transactions');
    const hidden = await transactions();
    expect(hidden.map(({ verdict }) => verdict)).to.deep.equal(['skip']);
    await copyFixes(server, database.name, hidden);
    expect(await transactions()).to.deep.equal([
      { check: 'transactions', verdict: 'ok', message: 'no transaction is older than 1 millisecond' },
    ]);

    const open = await database.connect();
    const lost = new Promise((resolve) => open.once('error', resolve));
    await open.query('BEGIN; SELECT 1');
    for (const { connect, name } of [database, other]) {
      await using sql = await connect();
      await sql.query(`BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'the ''${name}'`);
    }
    const found = await transactions();
    expect(found.map(({ verdict }) => verdict)).to.deep.equal(['warn', 'warn', 'warn']);
    expect(found.map(({ fix }) => fix)).to.include(
      `ROLLBACK PREPARED 'the ''${other.name}';  -- as superuser in database ${other.name}, if it is not needed`,
    );
    const isElsewhere = ({ fix }: Finding) => fix?.includes(`database ${other.name}`) === true;
    await copyFixes(server, other.name, found.filter(isElsewhere));
    const own = found.filter((it) => !isElsewhere(it));
    await copyFixes(server, database.name, own);
    await lost;
    expect((await transactions()).map(({ verdict }) => verdict)).to.deep.equal(['ok']);
  });

  it('let the role see the disk', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await createSetUpDatabase(server);
    const login = databaseSchema.parse(crossbarLogin(database));
    const disk = async (freeDisk: number) =>
      (await checkDatabase(login, { transactionAge: '5 minutes', freeDisk })).filter(({ check }) => /disk/.test(check));
    const hidden = await disk(0);
    expect(hidden.map(({ check, verdict }) => `${verdict} ${check}`)).to.deep.equal([
      'skip WAL on disk',
      'skip free disk',
    ]);
    await copyFixes(server, database.name, hidden);
    const [wal, free] = await disk(0);
    expect(wal?.message).to.match(/^pg_wal takes \d+ MB$/);
    expect(free).to.include({ verdict: 'ok' });
    const [, full] = await disk(101);
    expect(full).to.include({ verdict: 'warn' });
    expect(full?.message).to.match(/^\d+ % of the disk with \S+ is free \(\d+ MB\)$/);
  });

  it('free slots that nobody reads, replace lost ones, and let Proxies go on', async () => {
    await using server = await startPostgres({ settings: { max_slot_wal_keep_size: '16MB', wal_keep_size: '0' } });
    await using database = await createSetUpDatabase(server);
    const login = databaseSchema.parse(crossbarLogin(database));
    const problems = async () =>
      (await checkDatabase(login)).filter(
        ({ check, verdict }) => /^(slot|proxy) /.test(check) && (verdict === 'warn' || verdict === 'fail'),
      );
    await using sql = await database.connect();
    const create = (slot: string) => sql.query(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    /** Fills files of the log, each of 16 MB. */
    const writeLog = async (files: number) => {
      for (let file = 0; file < files; file += 1) {
        await sql.query(`SELECT pg_logical_emit_message(false, 'x', 'x')`);
        await sql.query('SELECT pg_switch_wal()');
      }
      await sql.query('CHECKPOINT');
    };
    await using router = createRouter({ realms: ['lost'] });
    await using publisher = createPublisher(database, router, 'wal', { realm: 'lost' });
    await publisher.start();
    await publisher.stop();
    const lost = await value(sql, 'SELECT slot FROM crossbar.realm');
    for (const slot of ['crossbar_1_former', 'lost_proxy']) await create(slot);
    await sql.query(
      `INSERT INTO crossbar.proxy (name, slot, paused) VALUES ('lost''s', 'lost_proxy', false), ('gone', 'never', false), ('paused', NULL, true)`,
    );
    await writeLog(5);
    await sql.query('ALTER SYSTEM SET max_slot_wal_keep_size = -1');
    await sql.query('SELECT pg_reload_conf()');
    await waitFor(async () => (await value(sql, 'SHOW max_slot_wal_keep_size')) === '-1', { what: 'the reload' });
    for (const slot of ['crossbar_1_nobody', 'crossbar_1_realm1', 'proxy_1']) await create(slot);
    await sql.query(`INSERT INTO crossbar.realm (realm, slot) VALUES ('realm''1', 'crossbar_1_realm1');
      INSERT INTO crossbar.proxy (name, slot) VALUES ('the proxy', 'proxy_1')`);
    await writeLog(5);

    const found = await problems();
    expect(found.map(({ check, verdict }) => `${verdict} ${check}`)).to.have.members([
      `fail slot ${lost}`,
      'warn slot crossbar_1_former',
      'fail slot lost_proxy',
      'warn slot crossbar_1_nobody',
      'warn slot crossbar_1_realm1',
      'warn slot proxy_1',
      "fail proxy lost's",
      'fail proxy gone',
      'warn proxy paused',
    ]);
    const byPublisher = 'start the Publisher, which replaces it';
    const statements = found.flatMap(({ fix = '' }) => /(DELETE|SELECT) .*;$/.exec(fix)?.[0] ?? []);
    expect(statements).to.have.length(found.length - 1);
    for (const statement of statements) await sql.query(statement);
    expect((await problems()).map(({ fix }) => fix)).to.deep.equal([byPublisher]);
    await publisher.start();
    expect(await problems()).to.deep.equal([]);
  });
});
