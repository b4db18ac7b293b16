import { waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { startPublisherProcess } from './support/publisher-process.ts';
import { startSlowRouter } from './support/slow-router.ts';

const megabyte = 1024 * 1024;
/** Together more than the Publisher may need in memory by far. */
const publications = 300;
const payload = megabyte;

describe('Publisher: a router slower than the writers', function () {
  this.timeout(120_000);

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`stops reading publications that it cannot deliver, and PostgreSQL waits (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using router = await startSlowRouter();
      const choices = { delivery, transport: { auto_ping_interval: 0 } };
      await using publisher = await startPublisherProcess(publisherOptions(database.options, router.url, choices));
      await publisher.waitFor({ state: 'running' });
      await using connection = await database.connect();
      await connection.query(
        `SELECT crossbar.publish('com.example.flood', jsonb_build_array(repeat('x', $1::int))) FROM generate_series(1, $2::int)`,
        [payload, publications],
      );
      await waitFor(() => router.waiting > 0, { what: 'the first publications' });
      await waitFor(async () => router.isStill(), { what: 'the Publisher to wait', deadline: 20_000 });
      expect(router.waiting, 'publications on their way').to.be.within(1, 32);
      const memory = await publisher.residentBytes();
      expect((memory?.peak ?? 0) / megabyte, 'resident megabytes at most').to.be.below(250);
      router.answer();
      await waitFor(() => router.answered === publications, { what: 'all publications', deadline: 60_000 });
      await drained(connection);
    });
  }
});
