import { startPostgres, waitFor } from '@pgwamp/harness';
import { type PreparedDatabase, prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions, startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { startRouter } from './support/router.ts';

const deliveries = ['wal', 'outbox'] as const;

describe('A Publisher whose PostgreSQL goes away under load', function () {
  this.timeout(120_000);

  for (const delivery of deliveries) {
    it(`loses nothing of delivery ${delivery} when the server is shut down, or crashes, and starts again`, async () => {
      await using server = await startPostgres({ own: true });
      await using database = await prepareDatabase(server);
      await using testRouter = await startRouter();
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
      await using load = new Load(() => database.connect());
      for (const mode of ['fast', 'immediate'] as const) {
        await load.grownBy(300);
        await server.stop(mode);
        await waitFor(() => publisher.status().state === 'reconnecting', { what: 'the loss to be noticed' });
        await server.start();
        await waitFor(() => publisher.status().state === 'running', { what: 'the Publisher to run', deadline: 20_000 });
      }
      await load.grownBy(300);
      await load.delivered(record);
      record.expectOrder(2);
    });
  }
});

/** The activity of the Publisher's server processes. */
const backends = {
  control: `backend_type = 'client backend' AND pid = $1`,
  replication: `backend_type = 'walsender'`,
  listener: `backend_type = 'client backend' AND pid <> $1`,
} as const;

describe('A Publisher whose server process is terminated under load', function () {
  this.timeout(60_000);

  for (const [delivery, backend] of [
    ['wal', 'control'],
    ['wal', 'replication'],
    ['outbox', 'control'],
    ['outbox', 'listener'],
  ] as const) {
    it(`loses nothing of delivery ${delivery} with its ${backend} connection`, async () => {
      await using database = await prepareDatabase();
      await using testRouter = await startRouter();
      const record = new LoadRecord();
      await record.listenTo(testRouter.router);
      await using publisher = await startPublisher(publisherOptions(database.options, testRouter.url, { delivery }));
      await using load = new Load(() => database.connect());
      for (let round = 0; round < 3; round += 1) {
        await load.grownBy(100);
        await waitFor(() => terminate(database, backend, publisher.status().database?.processId), {
          what: `the ${backend} connection to be terminated`,
        });
      }
      await load.grownBy(100);
      await load.delivered(record);
      record.expectOrder(3);
      expect(publisher.status().reconnects).to.be.at.most(3);
    });
  }
});

async function terminate(database: PreparedDatabase, backend: keyof typeof backends, control = 0): Promise<boolean> {
  if (control === 0) return false;
  await using superuser = await database.connect();
  const { rows } = await superuser.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'crossbar' AND $1 > 0 AND ${backends[backend]}`,
    [control],
  );
  return rows.length > 0;
}
