import { waitFor } from '@pgwamp/harness';
import { rows } from '@pgwamp/harness/fixtures/sql-database';
import { createRoles } from '@pgwamp/harness/fixtures/sql-roles';
import { createPublisher, openStage, type SqlStage } from '@pgwamp/harness/fixtures/sql-stage';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';

type Row = Record<string, unknown>;

async function realm1({ sql }: SqlStage): Promise<Row> {
  const [realm] = await rows<Row>(sql, 'SELECT * FROM crossbar.realms');
  return realm ?? {};
}

describe('crossbar.realms', () => {
  it('shows the slot, its reader and the retained WAL, with delivery wal', async () => {
    await using stage = await openStage(['com.example.view'], { delivery: 'wal' });
    const serving = await realm1(stage);
    expect(serving).to.include({ realm: 'realm1', delivery: 'wal', active: true, outbox: '0', refused: '0' });
    expect(serving.slot).to.match(/^crossbar_\d+_realm1_[0-9a-f]{8}$/);
    expect(serving.wal_status).to.equal('reserved');
    await stage.publisher.stop();
    const before = await waitFor(
      async () => {
        const realm = await realm1(stage);
        return realm.active === false && realm;
      },
      { what: 'the slot to be free' },
    );
    await stage.sql.query(`SELECT crossbar.publish('com.example.view', jsonb_build_array(repeat('x', 100000)))`);
    const after = await realm1(stage);
    expect(Number(after.lag_bytes) - Number(before.lag_bytes)).to.be.at.least(100_000);
    expect(Number(after.retained_bytes)).to.be.at.least(Number(after.lag_bytes));
  });

  it('counts waiting rows of the outbox, and refused publications', async () => {
    await using stage = await openStage(['com.example.view'], { delivery: 'outbox', uris: 'strict' });
    await stage.sql.query(`SELECT crossbar.publish('com.example.Refused'), crossbar.publish('com.example.view')`);
    await stage.client.next();
    await stage.publisher.stop();
    await stage.sql.query(`SELECT crossbar.publish('com.example.view') FROM generate_series(1, 3)`);
    expect(await realm1(stage)).to.include({
      delivery: 'outbox',
      active: null,
      lag_bytes: null,
      outbox: '3',
      refused: '1',
    });
  });

  it('shows each realm that has been served', async () => {
    await using stage = await openStage([], { delivery: 'outbox' });
    await using router = createRouter({ realms: ['realm2'] });
    await using second = createPublisher(stage.database, router, 'outbox', { realm: 'realm2' });
    await second.start();
    const realms = await rows(stage.sql, 'SELECT realm, delivery FROM crossbar.realms ORDER BY realm');
    expect(realms).to.deep.equal([
      { realm: 'realm1', delivery: 'outbox' },
      { realm: 'realm2', delivery: 'outbox' },
    ]);
  });
});

describe('crossbar.publications', () => {
  it('shows waiting, acknowledged and refused publications, by the number that publish has returned', async () => {
    await using stage = await openStage([], { delivery: 'outbox', uris: 'strict' });
    await stage.sql.query(`SELECT crossbar.publish(topic, options => '{"acknowledge": true}')
      FROM unnest(ARRAY['com.example.acknowledged', 'com.example.Refused']) AS topic`);
    const settled = `SELECT FROM crossbar.publications WHERE state <> 'waiting'`;
    await waitFor(async () => (await rows(stage.sql, settled)).length === 2, { what: 'two outcomes' });
    await stage.publisher.stop();
    await stage.sql.query(`SELECT crossbar.publish('com.example.waiting')`);
    const all = `SELECT realm, state, publication IS NOT NULL AS published, error, settled_at IS NOT NULL AS settled
      FROM crossbar.publications ORDER BY state`;
    expect(await rows(stage.sql, all)).to.deep.equal([
      { realm: 'realm1', state: 'acknowledged', published: true, error: null, settled: true },
      { realm: 'realm1', state: 'refused', published: false, error: 'wamp.error.invalid_uri', settled: true },
      { realm: 'realm1', state: 'waiting', published: false, error: null, settled: false },
    ]);
  });

  it('can be granted without the underlying tables', async () => {
    await using stage = await openStage([], { delivery: 'outbox' });
    await using roles = await createRoles(stage.sql, 1);
    await stage.sql.query(`GRANT SELECT ON crossbar.publications, crossbar.realms TO ${roles.names[0]}`);
    await stage.sql.query(`SET ROLE ${roles.names[0]}`);
    expect(await rows(stage.sql, 'SELECT * FROM crossbar.publications')).to.deep.equal([]);
    expect(await rows(stage.sql, 'SELECT realm FROM crossbar.realms')).to.deep.equal([{ realm: 'realm1' }]);
    await stage.sql.query('RESET ROLE');
  });
});
