import { waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions } from '@pgwamp/harness/fixtures/start-publisher';
import { subscribe } from '@pgwamp/harness/fixtures/subscribe';
import { expect } from 'chai';
import { startPublisherProcess } from './support/publisher-process.ts';
import { startRouter } from './support/router.ts';

const megabyte = 1024 * 1024;

/** The number of publications: fewer by the outbox, which takes several times as long for each. */
const transactions = { wal: Number(process.env.LARGE_TRANSACTION ?? 1_000_000), outbox: 100_000 } as const;

/**
 * V8 collects late where a machine has memory: up to 96 MB of young objects, and of old ones a multiple of what lives. Within
 * these limits it shows what the Publisher needs; if that were more than a heap of 64 MB, its process would end.
 */
const limits = '--max-semi-space-size=16 --max-old-space-size=64';

describe('Publisher: one large transaction', function () {
  this.timeout(240_000);

  for (const delivery of ['wal', 'outbox'] as const) {
    const publications = transactions[delivery];

    it(`publishes ${publications} publications in order by delivery ${delivery}, with less than 200 MB of memory`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      let arrived = 0;
      let disorder = 0;
      await subscribe(testRouter.router, { topics: ['com.example.row'] }, (_topic, [number]) => {
        arrived += 1;
        if (number !== arrived) disorder += 1;
      });
      const options = publisherOptions(database.options, testRouter.url, { delivery });
      await using publisher = await startPublisherProcess(options, limits);
      await publisher.waitFor({ state: 'running' });
      await using connection = await database.connect();
      await connection.query(
        `SELECT count(crossbar.publish('com.example.row', jsonb_build_array(number))) FROM generate_series(1, $1::int) AS number`,
        [publications],
      );
      await waitFor(() => arrived >= publications, { what: 'all publications', deadline: 180_000 });
      expect({ arrived, disorder }).to.deep.equal({ arrived: publications, disorder: 0 });
      const memory = await publisher.residentBytes();
      expect((memory?.peak ?? 0) / megabyte, 'resident megabytes at most').to.be.below(200);
    });
  }
});
