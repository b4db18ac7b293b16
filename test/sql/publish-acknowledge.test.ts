import type { Connection } from '@pgwamp/harness';
import { waitFor } from '@pgwamp/harness';
import { rows, value } from '@pgwamp/harness/fixtures/sql-database';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

/** PostgreSQL's check is the loose one of the specification; a router that checks strictly refuses this. */
const refusedByStrictRouter = 'com.example.Refused-Here';
const acknowledge = `options => '{"acknowledge": true}'`;

function outcome(sql: Connection, id: unknown) {
  return waitFor(
    async () => {
      const settled = `SELECT * FROM crossbar.publications WHERE id = $1 AND state <> 'waiting'`;
      return (await rows<Record<string, unknown>>(sql, settled, [id]))[0];
    },
    { what: `the outcome of publication ${id}` },
  );
}

describe('Option acknowledge', () => {
  for (const delivery of deliveries) {
    describe(`with delivery ${delivery}`, () => {
      it('shows the outcome in crossbar.publications, by the number that publish has returned', async () => {
        await using stage = await openStage(['com.example.ack'], { delivery });
        const id = await value(stage.sql, `SELECT crossbar.publish('com.example.ack', '[1]', ${acknowledge})`);
        const settled = await outcome(stage.sql, id);
        expect(settled).to.include({ id, realm: 'realm1', state: 'acknowledged', error: null });
        expect(Number(settled.publication)).to.be.within(1, 2 ** 53);
        expect(settled.settled_at).to.be.a('date');
      });

      it('shows a refusal in crossbar.publications', async () => {
        await using stage = await openStage([], { delivery, uris: 'strict' });
        const id = await value(stage.sql, `SELECT crossbar.publish('${refusedByStrictRouter}', ${acknowledge})`);
        const settled = await outcome(stage.sql, id);
        expect(settled).to.include({ state: 'refused', publication: null, error: 'wamp.error.invalid_uri' });
        expect(settled.error_args).to.have.length(1);
        expect(settled.error_kwargs).to.deep.equal({});
      });

      it('returns the publication id of the router if the publication is autonomous', async () => {
        await using stage = await openStage(['com.example.ack'], { delivery });
        const call = `SELECT crossbar.publish('com.example.ack', '[1]', ${acknowledge}, autonomous => true)`;
        const returned = await value(stage.sql, call);
        const known = await value(stage.sql, 'SELECT publication FROM crossbar._acknowledgement');
        expect(returned).to.equal(known);
        expect((await stage.client.next()).payload).to.equal(',[1]');
      });

      it('raises the error of the router if the publication is autonomous', async () => {
        await using stage = await openStage([], { delivery, uris: 'strict' });
        const call = `SELECT crossbar.publish('${refusedByStrictRouter}', ${acknowledge}, autonomous => true)`;
        const error = await errorOf(stage.sql.query(call));
        expect(error.code).to.equal('CB001');
        expect(error.message).to.match(/^wamp\.error\.invalid_uri: .*com\.example\.Refused-Here/);
        expect(JSON.parse(error.detail ?? '')).to.have.keys('error', 'args', 'kwargs');
        expect(JSON.parse(error.detail ?? '')).to.include({ error: 'wamp.error.invalid_uri' });
      });

      it('waits in a transaction that continues, and returns in one that is rolled back', async () => {
        await using stage = await openStage(['com.example.ack'], { delivery });
        const call = `SELECT crossbar.publish('com.example.ack', $1, ${acknowledge}, autonomous => true)`;
        await stage.sql.query('BEGIN');
        expect(Number(await value(stage.sql, call, ['["first"]']))).to.be.above(0);
        expect(Number(await value(stage.sql, call, ['["second"]']))).to.be.above(0);
        await stage.sql.query('ROLLBACK');
        expect(await stage.client.payloads(2)).to.deep.equal([',["first"]', ',["second"]']);
      });

      for (const level of ['REPEATABLE READ', 'SERIALIZABLE']) {
        it(`is refused for an autonomous publication in a ${level} transaction, with a hint`, async () => {
          await using stage = await openStage(['com.example.ack'], { delivery });
          await stage.sql.query(`BEGIN ISOLATION LEVEL ${level}`);
          const call = `SELECT crossbar.publish('com.example.ack', ${acknowledge}, autonomous => true)`;
          const error = await errorOf(stage.sql.query(call));
          expect(error).to.include({ code: '0A000', hint: 'Use READ COMMITTED, or leave the option acknowledge out.' });
          await stage.sql.query(`ROLLBACK; SELECT crossbar.publish('com.example.ack', '["next"]')`);
          expect(await stage.client.payloads(1)).to.deep.equal([',["next"]']);
        });
      }
    });
  }

  it('may be false, which is the default', async () => {
    await using stage = await openStage(['com.example.ack']);
    const call = `SELECT crossbar.publish('com.example.ack', options => '{"acknowledge": false}', autonomous => $1)`;
    await stage.sql.query(call, [true]);
    await stage.sql.query(call, [false]);
    await stage.client.payloads(2);
    await stage.publisher.stop();
    expect(await rows(stage.sql, 'SELECT * FROM crossbar.publications')).to.deep.equal([]);
  });
});
