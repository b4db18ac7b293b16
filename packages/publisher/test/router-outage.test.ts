import { startTcpProxy, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { listening, startRouter } from './support/router.ts';

const deliveries = ['wal', 'outbox'] as const;
const outages = 3;
/** Publications that are still to be sent when the router goes away. */
const surplus = 500;

describe('A Publisher whose router goes away under load', () => {
  for (const delivery of deliveries) {
    it(`loses nothing of delivery ${delivery} when the router says GOODBYE, and another starts on its port`, async () => {
      await using database = await prepareDatabase();
      const record = new LoadRecord();
      let testRouter = await startRouter();
      await record.listenTo(testRouter.router);
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
      await using load = new Load(() => database.connect(), surplus);
      for (let outage = 0; outage < outages; outage += 1) {
        await load.grownBy(200);
        await testRouter[Symbol.asyncDispose]();
        await waitFor(() => publisher.status().state === 'reconnecting', { what: 'GOODBYE to be noticed' });
        await load.grownBy(50);
        const router = createTestRouter();
        // Before the Publisher can be back: a router acknowledges also what nobody has subscribed to.
        await record.listenTo(router);
        testRouter = await listening(router, testRouter.port);
        await waitFor(() => publisher.status().state === 'running', { what: 'the Publisher to run again' });
      }
      await using _last = testRouter;
      await load.delivered(record);
      record.expectOrder(outages);
    });

    it(`loses nothing of delivery ${delivery} when connections break without GOODBYE`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      await using proxy = await startTcpProxy({ host: '127.0.0.1', port: testRouter.port });
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      const url = `ws://127.0.0.1:${proxy.port}/ws`;
      await using publisher = await startPublisher(publisherOptions(database.options, url, { delivery }));
      await using load = new Load(() => database.connect(), surplus);
      for (let outage = 0; outage < outages; outage += 1) {
        await load.grownBy(200);
        proxy.refuse();
        proxy.cut();
        await waitFor(() => publisher.status().state === 'reconnecting', { what: 'the loss to be noticed' });
        await proxy.resume();
        await waitFor(() => publisher.status().state === 'running', { what: 'the Publisher to run again' });
      }
      await load.delivered(record);
      record.expectOrder(outages);
      await publisher.stop();
      expect(publisher.status().published).to.be.at.least(load.size);
    });
  }
});
