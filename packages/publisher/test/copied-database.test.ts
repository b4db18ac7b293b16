import { type Connection, startPostgres } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { startRouter } from './support/router.ts';

async function slots(connection: Connection): Promise<unknown[]> {
  const { rows } = await connection.query(
    `SELECT realm.slot, slots.slot_name IS NOT NULL AS exists, slots.active
     FROM crossbar.realms AS realm LEFT JOIN pg_replication_slots AS slots
       ON slots.slot_name = realm.slot AND database = current_database()`,
  );
  return rows;
}

describe('a Publisher in a copy of a database', () => {
  it('has a slot of its own there, and leaves that of the original alone', async () => {
    await using server = await startPostgres({ own: true });
    await using original = await prepareDatabase(server);
    await using router = await startRouter();
    await using publisher = await startPublisher(publisherOptions(original.options, router.url));
    const slot = publisher.status().database?.slot;
    await publisher.stop();
    await using superuser = await server.connect();
    await superuser.query(`CREATE DATABASE copy TEMPLATE ${original.name}`);

    await using copied = await startPublisher(publisherOptions({ ...original.options, database: 'copy' }, router.url));
    const own = copied.status().database?.slot;
    expect(own).to.not.equal(slot);
    await using connection = await server.connect('copy');
    expect(await slots(connection)).to.deep.equal([{ slot: own, exists: true, active: true }]);
    const all = await superuser.query('SELECT slot_name FROM pg_replication_slots');
    expect(all.rows.map(({ slot_name }) => slot_name)).to.have.members([slot, own]);
  });
});
