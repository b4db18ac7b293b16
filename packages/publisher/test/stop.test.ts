import { startTcpProxy, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { startRouter } from './support/router.ts';

describe('Publisher.stop()', () => {
  for (const delivery of ['wal', 'outbox'] as const) {
    it(`drains: publications in flight are confirmed and not repeated (${delivery})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      const options = publisherOptions(database.options, testRouter.url, { delivery });
      await using publisher = await startPublisher(options);
      await using load = new Load(() => database.connect(), 500);
      for (let round = 0; round < 5; round += 1) {
        await load.grownBy(100);
        await publisher.stop();
        await publisher.start();
      }
      await load.delivered(record);
      await publisher.stop();
      expect(record.repeats).to.equal(0);
      record.expectOrder(0);
      expect(publisher.status()).to.include({ published: load.size, refused: 0, inFlight: 0, reconnects: 0 });
    });
  }

  it('can be called at any time, more than once, and before start()', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url));
    await Promise.all([publisher.stop(), publisher.stop()]);
    await publisher.stop();
    const started = publisher.start().then(
      () => undefined,
      (error: unknown) => error,
    );
    await publisher.stop();
    expect(await started).to.include({ code: 'PGWAMP_STOPPED' });
    expect(publisher.status().state).to.equal('stopped');
    await using connection = await database.connect();
    const own = `SELECT pid FROM pg_stat_activity WHERE usename = 'crossbar' AND datname = current_database()`;
    await waitFor(async () => (await connection.query(own)).rows.length === 0, { what: 'its sessions to end' });
    expect(testRouter.router.stats().sessions).to.equal(0);
  });
});

describe('Publisher.status()', () => {
  it('shows the connections while it runs, and none afterwards', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url));
    await using connection = await database.connect();
    const { rows } = await connection.query(
      `SELECT (SELECT process_id FROM crossbar._election WHERE name = 'publisher realm1') AS pid,
       (SELECT slot_name FROM pg_replication_slots WHERE database = current_database()) AS slot`,
    );
    const { session, ...status } = publisher.status();
    expect(session?.id).to.be.greaterThan(0);
    expect(status).to.deep.equal({
      state: 'running',
      error: undefined,
      reconnects: 0,
      delivery: 'wal',
      waitsFor: [],
      database: { processId: rows[0].pid, slot: rows[0].slot },
      published: 0,
      refused: 0,
      dropped: 0,
      inFlight: 0,
      lag: status.lag,
    });
    await publisher.stop();
    const { state, delivery, database: gone, session: left } = publisher.status();
    expect({ state, delivery, gone, left }).to.deep.equal({
      state: 'stopped',
      delivery: undefined,
      gone: undefined,
      left: undefined,
    });
  });

  for (const [delivery, lag] of [
    ['wal', 'bytes'],
    ['outbox', 'rows'],
  ] as const) {
    it(`shows a lag that grows while the router accepts nothing, and returns to 0 (${delivery}, ${lag})`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      await using proxy = await startTcpProxy({ host: '127.0.0.1', port: testRouter.port });
      const url = `ws://127.0.0.1:${proxy.port}/ws`;
      await using connection = await database.connect();
      await using publisher = await startPublisher(publisherOptions(database.options, url, { delivery }));
      // Longer than the second from one look at the lag to the next.
      proxy.slow(2000);
      await connection.query(`SELECT crossbar.publish('com.example.lag') FROM generate_series(1, 1000)`);
      await waitFor(() => publisher.status().lag[lag] > 0, { what: 'a lag' });
      const { bytes, retained } = publisher.status().lag;
      expect(retained).to.be.at.least(bytes);
      proxy.slow(0);
      await drained(connection);
      await waitFor(() => publisher.status().lag[lag] === 0, { what: 'the lag to be 0' });
      expect(publisher.status().published).to.equal(1000);
    });
  }
});
