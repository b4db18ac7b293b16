import { createPublisher, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const topic = 'com.example.restored';

describe('an outbox that was restored into another cluster', () => {
  it('is delivered in its own order, before later publications', async () => {
    await using stage = await openStage([topic], { delivery: 'outbox' });
    const { sql, publisher, router, database, client } = stage;
    await publisher.stop();
    // The state after pg_restore: rows of one COPY, with log positions of which this cluster has passed some, and
    // another identifier.
    await sql.query(`UPDATE crossbar._delivery SET cluster = cluster + 1;
      INSERT INTO crossbar.outbox (realm, lsn, id, content)
      SELECT 'realm1', lsn, id, '${topic}' || E'\\n\\n[' || id || E']\\n'
      FROM (VALUES ('0/10'::pg_lsn, 2), ('0/20', 1), (pg_current_wal_insert_lsn() + 1000000000, 3)) AS row (lsn, id)`);
    await sql.query(`SELECT crossbar.publish('${topic}', '[4]')`);
    await sql.query(`SELECT crossbar.publish('${topic}', '[5]')`);
    await using again = createPublisher(database, router, 'outbox');
    await again.start();
    expect(await client.payloads(5)).to.deep.equal([',[2]', ',[1]', ',[3]', ',[4]', ',[5]']);
    const { rows } = await sql.query(
      'SELECT cluster = system_identifier AS known FROM crossbar._delivery, pg_control_system()',
    );
    expect(rows).to.deep.equal([{ known: true }]);
  });
});
