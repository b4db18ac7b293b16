import { DeliveryUnavailableError } from '@pgwamp/core';
import { connect, startPostgres } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { Connection, chooseDelivery, type Delivery, deliveryInForce, enactDelivery } from '../../src/postgres/index.ts';
import { databaseConfiguration, installedDatabase, preparedDatabase } from '../support/database.ts';

/** What `auto` says, and that `wal` is refused with the same reason. */
async function missing(connection: Connection): Promise<readonly string[]> {
  const choice = await chooseDelivery(connection, 'auto');
  expect(choice.delivery).to.equal('outbox');
  const error = await rejection(chooseDelivery(connection, 'wal'));
  expect(error).to.be.instanceOf(DeliveryUnavailableError);
  for (const reason of choice.missing) expect(error.message).to.include(reason);
  return choice.missing;
}

describe('the choice of a delivery', () => {
  it('is wal where it can work', async () => {
    await using database = await preparedDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    for (const wanted of ['auto', 'wal'] as const) {
      expect(await chooseDelivery(connection, wanted)).to.deep.equal({ delivery: 'wal', missing: [] });
    }
  });

  for (const wanted of ['outbox', 'notify'] as const) {
    it(`is ${wanted} where that is wanted`, async () => {
      await using database = await preparedDatabase();
      await using connection = await Connection.open(database.crossbar, 'test');
      expect(await chooseDelivery(connection, wanted)).to.deep.equal({ delivery: wanted, missing: [] });
    });
  }

  it('says that wal_level is missing', async () => {
    await using server = await startPostgres({ settings: { wal_level: 'replica' } });
    await using database = await preparedDatabase(server);
    await using connection = await Connection.open(database.crossbar, 'test');
    const [reason, ...others] = await missing(connection);
    expect(reason).to.include('wal_level').and.to.include('postgresql.conf');
    expect(others).to.deep.equal([]);
  });

  it('says that the publication is missing', async () => {
    await using database = await preparedDatabase();
    await using superuser = await connect(database.config);
    await superuser.query('DROP PUBLICATION crossbar');
    await using connection = await Connection.open(database.crossbar, 'test');
    const [reason, ...others] = await missing(connection);
    expect(reason).to.include('publication crossbar').and.to.include('sql/setup.sql');
    expect(others).to.deep.equal([]);
  });

  it('says that REPLICATION is missing', async () => {
    await using database = await preparedDatabase();
    await using superuser = await connect(database.config);
    const role = `plain_${database.name}`;
    await superuser.query(`CREATE ROLE ${role} LOGIN PASSWORD 'plain'`);
    try {
      const fields = { ...database.config, user: role, password: 'plain' };
      await using connection = await Connection.open(databaseConfiguration(fields), 'test');
      const [reason, ...others] = await missing(connection);
      expect(reason).to.include('REPLICATION').and.to.include('sql/setup.sql');
      expect(others).to.deep.equal([]);
    } finally {
      await superuser.query(`DROP ROLE ${role}`);
    }
  });
});

describe('the delivery in force', () => {
  it('is none before anything is installed, and then what was enacted last', async () => {
    await using prepared = await preparedDatabase();
    await using before = await Connection.open(prepared.crossbar, 'test');
    expect(await deliveryInForce(before)).to.equal(undefined);

    await using database = await installedDatabase('wal');
    await using connection = await Connection.open(database.crossbar, 'test');
    for (const delivery of ['wal', 'outbox', 'notify', 'wal'] satisfies Delivery[]) {
      await enactDelivery(connection, delivery, 'realm1', 'slot_1');
      expect(await deliveryInForce(connection)).to.equal(delivery);
    }
    expect(await connection.query('SELECT realm FROM crossbar.realm')).to.deep.equal([{ realm: 'realm1' }]);
  });
});
