import { DatabaseLostError, DeliveryUnavailableError } from '@pgwamp/core';
import { connect, startPostgres } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import {
  Connection,
  chooseDelivery,
  type Delivery,
  deliveryInForce,
  enactDelivery,
  missingForLog,
} from '../../src/postgres/index.ts';
import type { SlotReading } from '../../src/postgres/install/delivery.ts';
import { databaseConfiguration, installedDatabase, preparedDatabase } from '../support/database.ts';
import { startPooler } from '../support/pooler.ts';

/** Checks the reason that `auto` reports, and that `wal` is refused with the same reason. */
async function missing(connection: Connection, reading?: SlotReading): Promise<readonly string[]> {
  const choice = await chooseDelivery(connection, 'auto', reading);
  expect(choice.delivery).to.equal('outbox');
  const error = await rejection(chooseDelivery(connection, 'wal', reading));
  expect(error).to.be.instanceOf(DeliveryUnavailableError);
  for (const reason of choice.missing) expect(error.message).to.include(reason);
  return choice.missing;
}

describe('Choice of the delivery', () => {
  it('is wal if its requirements are met', async () => {
    await using database = await preparedDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    for (const wanted of ['auto', 'wal'] as const) {
      expect(await chooseDelivery(connection, wanted)).to.deep.equal({ delivery: 'wal', missing: [] });
    }
  });

  for (const wanted of ['outbox', 'notify'] as const) {
    it(`is ${wanted} if configured`, async () => {
      await using database = await preparedDatabase();
      await using connection = await Connection.open(database.crossbar, 'test');
      expect(await chooseDelivery(connection, wanted)).to.deep.equal({ delivery: wanted, missing: [] });
    });
  }

  it('is wal if the slot can be created or exists already', async () => {
    await using database = await preparedDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    const reading = { database: database.crossbar, slot: `mine_${database.name}` };
    const wal = { delivery: 'wal', missing: [] };
    expect(await chooseDelivery(connection, 'auto', reading)).to.deep.equal(wal);
    await connection.query(`SELECT pg_create_logical_replication_slot('${reading.slot}', 'pgoutput')`);
    const elsewhere = databaseConfiguration({ ...database.crossbar, port: 1 });
    expect(await chooseDelivery(connection, 'auto', { ...reading, database: elsewhere })).to.deep.equal(wal);
    await connection.query(`SELECT pg_drop_replication_slot('${reading.slot}')`);
  });

  it('is outbox, with the reason, if no replication slot is free', async () => {
    await using server = await startPostgres({ settings: { max_replication_slots: '1' } });
    await using database = await preparedDatabase(server);
    await using connection = await Connection.open(database.crossbar, 'test');
    await connection.query(`SELECT pg_create_logical_replication_slot('taken', 'pgoutput')`);
    const [reason, ...others] = await missing(connection, { database: database.crossbar, slot: 'mine' });
    expect(reason).to.include('all 1 replication slots are in use').and.to.include('max_replication_slots');
    expect(others).to.deep.equal([]);
  });

  it('is outbox, with the reason, if PostgreSQL accepts no replication connection', async () => {
    await using server = await startPostgres({ settings: { max_wal_senders: '0' } });
    await using database = await preparedDatabase(server);
    await using connection = await Connection.open(database.crossbar, 'test');
    const [reason, ...others] = await missing(connection, { database: database.crossbar, slot: 'mine' });
    expect(reason).to.include('no replication connection').and.to.include('max_wal_senders');
    expect(others).to.deep.equal([]);
  });

  it('is outbox, with the reason, if a pooler forwards no replication connection', async () => {
    await using database = await preparedDatabase();
    await using pooler = await startPooler(database.crossbar, 'session', 6);
    const { host, port } = pooler;
    const through = databaseConfiguration({ ...database.crossbar, host, port });
    await using connection = await Connection.open(through, 'test');
    const [reason, ...others] = await missing(connection, { database: through, slot: 'mine' });
    expect(reason).to.include('no replication connection can be opened').and.to.include('IDENTIFY_SYSTEM');
    expect(others).to.deep.equal([]);
  });

  it('fails if PostgreSQL cannot be reached for the check', async () => {
    await using database = await preparedDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    const reading = { database: databaseConfiguration({ ...database.crossbar, port: 1 }), slot: 'mine' };
    expect(await rejection(chooseDelivery(connection, 'auto', reading))).to.be.instanceOf(DatabaseLostError);
  });

  it('is outbox, with the reason, if wal_level is not logical', async () => {
    await using server = await startPostgres({ settings: { wal_level: 'replica' } });
    await using database = await preparedDatabase(server);
    await using connection = await Connection.open(database.crossbar, 'test');
    const [reason, ...others] = await missing(connection);
    expect(reason).to.include('wal_level is replica').and.to.include('ALTER SYSTEM SET wal_level = logical');
    expect(others).to.deep.equal([]);
  });

  it('is outbox, with the reason, if the publication is missing', async () => {
    await using database = await preparedDatabase();
    await using superuser = await connect(database.config);
    await superuser.query('DROP PUBLICATION crossbar');
    await using connection = await Connection.open(database.crossbar, 'test');
    const [reason, ...others] = await missing(connection);
    expect(reason).to.include('publication crossbar').and.to.include('CREATE PUBLICATION crossbar');
    expect(others).to.deep.equal([]);
  });

  it('is outbox, with the reason, if the role has no REPLICATION attribute', async () => {
    await using database = await preparedDatabase();
    await using superuser = await connect(database.config);
    const role = `plain_${database.name}`;
    await superuser.query(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'`);
    try {
      const fields = { ...database.config, user: role, password: 'plain' };
      await using connection = await Connection.open(databaseConfiguration(fields), 'test');
      const [reason, ...others] = await missing(connection);
      expect(reason).to.equal(`role ${role} has no REPLICATION (ALTER ROLE ${role} REPLICATION, as superuser)`);
      expect(others).to.deep.equal([]);
    } finally {
      await superuser.query(`DROP ROLE ${role}`);
    }
  });

  it('counts a member of rds_replication as a role with REPLICATION', async () => {
    await using server = await startPostgres({ own: true });
    await using database = await preparedDatabase(server);
    await using superuser = await connect(database.config);
    await superuser.query('CREATE ROLE rds_replication; ALTER ROLE crossbar NOREPLICATION');
    await using connection = await Connection.open(database.crossbar, 'test');
    expect(await missingForLog(connection)).to.have.lengthOf(1);
    await superuser.query('GRANT rds_replication TO crossbar');
    expect(await missingForLog(connection)).to.deep.equal([]);
  });
});

describe('Delivery in force', () => {
  it('is undefined before the installation, and then the latest one', async () => {
    await using prepared = await preparedDatabase();
    await using before = await Connection.open(prepared.crossbar, 'test');
    expect(await deliveryInForce(before)).to.equal(undefined);

    await using database = await installedDatabase('wal');
    await using connection = await Connection.open(database.crossbar, 'test');
    for (const delivery of ['wal', 'outbox', 'notify', 'wal'] satisfies Delivery[]) {
      await enactDelivery(connection, delivery, 'realm1', 'slot_1');
      expect(await deliveryInForce(connection)).to.equal(delivery);
      await connection.query('DELETE FROM crossbar._former_delivery');
    }
    expect(await connection.query('SELECT realm FROM crossbar.realm')).to.deep.equal([{ realm: 'realm1' }]);
  });

  it('becomes a former delivery for each realm when it changes, except notify, which has no backlog', async () => {
    await using database = await installedDatabase('wal');
    await using connection = await Connection.open(database.crossbar, 'test');
    const former = async () =>
      (await connection.query<{ mode: Delivery }>('SELECT mode FROM crossbar._former_delivery')).map(
        ({ mode }) => mode,
      );
    const steps: [delivery: Delivery, former: Delivery[]][] = [
      ['wal', []],
      ['outbox', ['wal']],
      ['outbox', ['wal']],
    ];
    for (const [delivery, left] of steps) {
      await enactDelivery(connection, delivery, 'realm1', 'slot_1');
      expect(await former(), delivery).to.deep.equal(left);
    }
    await connection.query('DELETE FROM crossbar._former_delivery');
    await enactDelivery(connection, 'notify', 'realm1', 'slot_1');
    expect(await former()).to.deep.equal(['outbox']);
    await enactDelivery(connection, 'wal', 'realm1', 'slot_1');
    expect(await former()).to.deep.equal(['outbox']);
    await connection.query('DELETE FROM crossbar._former_delivery');
    await enactDelivery(connection, 'notify', 'realm1', 'slot_1');
    await enactDelivery(connection, 'wal', 'realm1', 'slot_1');
    expect(await former()).to.deep.equal([]);
  });
});
