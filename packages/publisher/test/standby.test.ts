import { type Connection, type RunningProcess, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { startPublisherProcess } from './support/publisher-process.ts';
import { startRouter } from './support/router.ts';

/** No Publisher is elected, and none reads the slot. */
const vacant = `SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)
  AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE database = current_database() AND active_pid = $2) AS vacant`;

describe('Two Publishers of one realm', function () {
  this.timeout(60_000);

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`stand by for each other with delivery ${delivery}: the second serves when the first is killed`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      const options = publisherOptions(database.options, testRouter.url, { delivery });
      await using active: RunningProcess = await startPublisherProcess(options);
      await active.waitFor({ state: 'running' });
      await using standby = await startPublisher(options);
      expect(standby.status().state).to.equal('standby');
      await using load = new Load(() => database.connect());
      await load.grownBy(200);
      await using superuser = await database.connect();
      const holders = await holdersOf(superuser);
      active.kill();
      await waitFor(async () => (await superuser.query(vacant, holders)).rows[0].vacant, { what: 'the vacancy' });
      await waitFor(() => standby.status().state === 'running', { what: 'the other to serve' });
      await load.delivered(record);
      record.expectOrder(1);
    });

    it(`hand over with delivery ${delivery} when the active one is stopped, and nothing is repeated`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      const options = publisherOptions(database.options, testRouter.url, { delivery });
      await using first = await startPublisher(options);
      await using second = await startPublisher(options);
      await using load = new Load(() => database.connect());
      await load.grownBy(200);
      await first.stop();
      expect(first.status().state).to.equal('stopped');
      await waitFor(() => second.status().state === 'running', { what: 'the second to serve' });
      await first.start();
      expect(first.status().state).to.equal('standby');
      await second.stop();
      await waitFor(() => first.status().state === 'running', { what: 'the first to serve' });
      await load.delivered(record);
      expect(record.repeats).to.equal(0);
    });
  }
});

/** The server processes that hold the election and read the slot. */
async function holdersOf(superuser: Connection): Promise<number[]> {
  const { rows } = await superuser.query(
    `SELECT (SELECT process_id FROM crossbar._election WHERE name = 'publisher realm1') AS lock,
       coalesce((SELECT active_pid FROM pg_replication_slots WHERE database = current_database()), 0) AS slot`,
  );
  return [rows[0].lock, rows[0].slot];
}
