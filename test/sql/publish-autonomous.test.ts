import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const publish = `SELECT crossbar.publish('com.example.auto', '["x"]', autonomous => true)`;

/** A database as section 3 of setup.sql would leave it if it were left out. */
async function createDatabaseWithoutDblink() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createSetUpDatabase());
  await using sql = await database.connect();
  await sql.query('DROP SCHEMA crossbar_dblink CASCADE');
  stack.move();
  return database;
}

describe('Autonomous publication', () => {
  for (const delivery of deliveries) {
    it(`can be made by a role without privileges, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.auto'], { delivery });
      await using roles = await createRoles(stage.sql, 1);
      await stage.sql.query(`SET ROLE ${roles.names[0]}; BEGIN; ${publish}; ROLLBACK; RESET ROLE`);
      expect(await stage.client.payloads(1)).to.deep.equal([',["x"]']);
    });

    it(`is delivered although its statement fails, with delivery ${delivery}`, async () => {
      await using stage = await openStage(['com.example.auto'], { delivery });
      const failed = `DO $$ BEGIN PERFORM crossbar.publish('com.example.auto', '["x"]', autonomous => true); PERFORM 1/0; END $$`;
      expect((await errorOf(stage.sql.query(failed))).code).to.equal('22012');
      expect(await stage.client.payloads(1)).to.deep.equal([',["x"]']);
    });
  }

  for (const delivery of ['outbox', 'notify'] as const) {
    it(`requires dblink with delivery ${delivery}, and names the remedy`, async () => {
      await using stage = await openStage([], { delivery, database: await createDatabaseWithoutDblink() });
      const error = await errorOf(stage.sql.query(publish));
      expect(error.code).to.equal('0A000');
      expect(error.hint).to.match(/section 3 of sql\/setup\.sql/);
    });
  }

  it('does not require dblink with delivery wal', async () => {
    const database = await createDatabaseWithoutDblink();
    await using stage = await openStage(['com.example.auto'], { delivery: 'wal', database });
    await stage.sql.query(`BEGIN; ${publish}; ROLLBACK`);
    expect(await stage.client.payloads(1)).to.deep.equal([',["x"]']);
  });

  it('does not change the dblink connections of the session', async () => {
    await using stage = await openStage(['com.example.auto'], { delivery: 'outbox' });
    await stage.sql.query(publish);
    expect((await stage.sql.query('SELECT crossbar_dblink.dblink_get_connections() AS open')).rows).to.deep.equal([
      { open: null },
    ]);
  });
});
