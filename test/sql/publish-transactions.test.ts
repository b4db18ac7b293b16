import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { deliveries, openStage } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';

const publish = (argument: string, rest = '') => `SELECT crossbar.publish('com.example.tx', '["${argument}"]'${rest})`;

describe('Transaction that publishes', () => {
  for (const delivery of deliveries) {
    describe(`with delivery ${delivery}`, () => {
      it('publishes nothing if it is rolled back', async () => {
        await using stage = await openStage(['com.example.tx'], { delivery });
        await stage.sql.query(`BEGIN; ${publish('rolled back')}; ROLLBACK`);
        await errorOf(stage.sql.query(`BEGIN; ${publish('failed')}; SELECT 1/0; COMMIT`));
        await stage.sql.query(`ROLLBACK; ${publish('committed')}`);
        expect(await stage.client.next()).to.deep.include({ payload: ',["committed"]' });
      });

      it('publishes nothing of a savepoint that is rolled back, and the rest in order', async () => {
        await using stage = await openStage(['com.example.tx'], { delivery });
        await stage.sql.query(`BEGIN; ${publish('before')}; SAVEPOINT a; ${publish('within a')}; SAVEPOINT b;
          ${publish('within b')}; ROLLBACK TO a; ${publish('between')}; SAVEPOINT c; ${publish('within c')}; RELEASE c;
          ${publish('after')}; COMMIT`);
        const arrived = await stage.client.payloads(4);
        expect(arrived).to.deep.equal([',["before"]', ',["between"]', ',["within c"]', ',["after"]']);
      });

      it('publishes nothing of a block whose exception was caught', async () => {
        await using stage = await openStage(['com.example.tx'], { delivery });
        await stage.sql.query(`DO $$
          BEGIN
            PERFORM crossbar.publish('com.example.tx', '["tried"]');
            PERFORM 1/0;
          EXCEPTION WHEN division_by_zero THEN
            PERFORM crossbar.publish('com.example.tx', '["caught"]');
          END $$`);
        expect(await stage.client.next()).to.deep.include({ payload: ',["caught"]' });
      });

      it('publishes at COMMIT, and not before', async () => {
        await using stage = await openStage(['com.example.tx'], { delivery });
        await using other = await stage.database.connect();
        await stage.sql.query(`BEGIN; ${publish('begun first')}`);
        await other.query(publish('committed first'));
        expect(await stage.client.payloads(1)).to.deep.equal([',["committed first"]']);
        await stage.sql.query('COMMIT');
        expect(await stage.client.payloads(1)).to.deep.equal([',["begun first"]']);
      });

      it('publishes autonomously although it is rolled back', async () => {
        await using stage = await openStage(['com.example.tx'], { delivery });
        await stage.sql.query(`BEGIN; ${publish('gone')}; ${publish('attempt', ', autonomous => true')}; ROLLBACK`);
        expect(await stage.client.payloads(1)).to.deep.equal([',["attempt"]']);
        await stage.sql.query(publish('next'));
        expect(await stage.client.payloads(1)).to.deep.equal([',["next"]']);
      });

      it('publishes autonomously while it is open', async () => {
        await using stage = await openStage(['com.example.tx'], { delivery });
        await stage.sql.query(`BEGIN; ${publish('later')}; ${publish('at once', ', autonomous => true')}`);
        expect(await stage.client.payloads(1)).to.deep.equal([',["at once"]']);
        await stage.sql.query('COMMIT');
        expect(await stage.client.payloads(1)).to.deep.equal([',["later"]']);
      });
    });
  }
});
