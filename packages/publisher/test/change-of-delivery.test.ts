import { waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import type { PublisherOptions } from '@pgwamp/publisher';
import { expect } from 'chai';
import { drained } from './support/drained.ts';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { recordEvents } from './support/record-events.ts';
import { startRouter } from './support/router.ts';

type Delivery = NonNullable<PublisherOptions['extra']['delivery']>;

describe('A Publisher that is started again with another delivery', () => {
  it('loses nothing under load when it goes wal, outbox, wal, outbox', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    const record = new LoadRecord();
    await record.listenTo(testRouter.router);
    const options = (delivery: Delivery) => ({
      ...publisherOptions(database.options, testRouter.url),
      extra: { database: database.options, delivery },
    });
    let load: Load | undefined;
    for (const delivery of ['wal', 'outbox', 'wal'] as const) {
      await using publisher = await startPublisher(options(delivery));
      load ??= new Load(() => database.connect(), 500);
      await load.grownBy(300);
      await publisher.stop();
      await load.grownBy(100);
    }
    await using running = load ?? new Load(() => database.connect());
    await using publisher = await startPublisher(options('outbox'));
    await running.grownBy(100);
    await running.delivered(record);
    expect(publisher.status().delivery).to.equal('outbox');
    record.expectOrder(4);
  });

  it('delivers the backlog of the former delivery first, and notify has no backlog', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    const events = (await recordEvents(testRouter.router, 'com.example.step')) as string[];
    await using connection = await database.connect();
    const publish = async (text: string) =>
      connection.query(`SELECT crossbar.publish('com.example.step', jsonb_build_array($1::text))`, [text]);
    const deliveries = ['wal', 'outbox', 'wal', 'notify', 'wal'] as const;
    for (const [step, delivery] of deliveries.entries()) {
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
      await publish(`${step}, ${delivery}: while it runs`);
      await waitFor(() => publisher.status().published > 0 && events.at(-1)?.startsWith(`${step}`), {
        what: 'the event',
      });
      await publisher.stop();
      await publish(`${step}, ${delivery}: afterwards`);
    }
    await using _last = await startPublisher(
      publisherOptions(database.options, testRouter.url, { delivery: 'outbox' }),
    );
    await drained(connection);
    const slots = 'SELECT FROM pg_replication_slots WHERE database = current_database()';
    await waitFor(async () => (await connection.query(slots)).rows.length === 0, { what: 'the slot to be dropped' });
    const all = deliveries.flatMap((delivery, step) =>
      ['while it runs', 'afterwards'].map((time) => `${step}, ${delivery}: ${time}`),
    );
    const expected = all.filter((text) => text !== '3, notify: afterwards');
    // A router may acknowledge a publication before its event arrives.
    await waitFor(() => events.length >= expected.length, { what: 'the last event' });
    expect(events).to.deep.equal(expected);
  });

  it('keeps the order when it is stopped before it has delivered the backlog of the former delivery', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    const events = (await recordEvents(testRouter.router, 'com.example.step')) as string[];
    await using connection = await database.connect();
    const publish = async (step: number) =>
      connection.query(`SELECT crossbar.publish('com.example.step', jsonb_build_array($1::int))`, [step]);
    const started = (delivery: Delivery) =>
      startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
    await (await started('outbox')).stop();
    await publish(1);
    await using other = await database.connect();
    await other.query('BEGIN; SELECT 1');
    await using interrupted = await started('wal');
    await publish(2);
    await waitFor(() => interrupted.status().waitsFor.length > 0, { what: 'it to wait for the transaction' });
    await interrupted.stop();
    expect(events).to.deep.equal([]);
    await publish(3);
    await using last = await started('outbox');
    await publish(4);
    await other.query('COMMIT');
    await waitFor(() => last.status().delivery === 'outbox', { what: 'the delivery to change' });
    await publish(5);
    await drained(connection);
    await waitFor(() => events.length >= 5, { what: 'the last event' });
    expect(events).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('changes it if a publication is FOR ALL TABLES', async () => {
    await using database = await prepareDatabase();
    await using testRouter = await startRouter();
    await using connection = await database.connect();
    await connection.query('CREATE PUBLICATION everything FOR ALL TABLES');
    for (const delivery of ['outbox', 'wal', 'outbox'] as const) {
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
      await connection.query(`SELECT crossbar.publish('com.example.topic')`);
      await waitFor(() => publisher.status().published === 1, { what: 'the publication' });
      expect(publisher.status().delivery).to.equal(delivery);
    }
  });
});
