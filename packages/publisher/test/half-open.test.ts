import { startTcpProxy, type TcpProxy, waitFor } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import type { Publisher } from '@pgwamp/publisher';
import { expect } from 'chai';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { startRouter } from './support/router.ts';

const heartbeat = { interval: 400, timeout: 400 };
const transport = { auto_ping_interval: 400, auto_ping_timeout: 400 };

/** Ways in which the three connections to PostgreSQL become half-open; each returns their number. */
const deaths = {
  all(proxy: TcpProxy) {
    proxy.swallow();
    return proxy.connections;
  },
  replication: (proxy: TcpProxy) => proxy.swallowOnly((opening) => opening.includes('replication\0database\0')),
} as const;

describe('A half-open connection under load', function () {
  this.timeout(60_000);

  for (const [delivery, death] of [
    ['wal', 'all'],
    ['wal', 'replication'],
    ['outbox', 'all'],
  ] as const) {
    it(`to PostgreSQL (${delivery}, ${death}) is noticed, and nothing is lost`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      await using proxy = await startTcpProxy({ host: database.options.host, port: database.options.port });
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      const address = { ...database.options, host: proxy.host, port: proxy.port, heartbeat };
      await using publisher = await startPublisher(publisherOptions(address, testRouter.url, { delivery }));
      await using load = new Load(() => database.connect());
      await load.grownBy(200);
      expect(deaths[death](proxy)).to.be.at.least(1);
      await lossNoticed(publisher);
      await load.grownBy(50);
      await proxy.resume();
      await runningAgain(publisher);
      await load.grownBy(50);
      await load.delivered(record);
      record.expectOrder(publisher.status().reconnects);
    });
  }

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`to the router (${delivery}) is noticed, and nothing is lost`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      await using proxy = await startTcpProxy({ host: '127.0.0.1', port: testRouter.port });
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      const url = `ws://${proxy.host}:${proxy.port}/ws`;
      await using publisher = await startPublisher(publisherOptions(database.options, url, { delivery, transport }));
      await using load = new Load(() => database.connect());
      await load.grownBy(200);
      proxy.swallow();
      await lossNoticed(publisher);
      await load.grownBy(50);
      await proxy.resume();
      await runningAgain(publisher);
      await load.delivered(record);
      record.expectOrder(publisher.status().reconnects);
    });
  }
});

async function lossNoticed(publisher: Publisher): Promise<void> {
  const { reconnects } = publisher.status();
  await waitFor(() => publisher.status().reconnects > reconnects, { what: 'the loss to be noticed' });
}

/** A try that is under way when the network comes back may have to run into its time limit of 10 s first. */
async function runningAgain(publisher: Publisher): Promise<void> {
  await waitFor(() => publisher.status().state === 'running', { what: 'the Publisher to run', deadline: 25_000 });
}
