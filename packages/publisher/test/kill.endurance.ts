import { setTimeout as delay } from 'node:timers/promises';
import { withSeed } from '@pgwamp/harness';
import { prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import { Load } from './support/load.ts';
import { LoadRecord } from './support/load-record.ts';
import { startPublisherProcess } from './support/publisher-process.ts';
import { startRouter } from './support/router.ts';

const kills = Number(process.env.KILLS ?? 50);
/** Milliseconds after which no more are killed: on a busy machine a process takes seconds to start. */
const time = 300_000;

describe('Publisher: a process killed at random moments under load', function () {
  this.timeout(600_000);

  for (const delivery of ['wal', 'outbox'] as const) {
    it(`loses no publication of delivery ${delivery}, and repeats some in order`, () =>
      withSeed(async (draw) => {
        await using database = await prepareDatabase();
        await using testRouter = await startRouter();
        const record = new LoadRecord();
        await record.listenTo(testRouter.router);
        const options = publisherOptions(database.options, testRouter.url, { delivery });
        let load: Load | undefined;
        const end = performance.now() + time;
        let killed = 0;
        for (; killed < kills && performance.now() < end; killed += 1) {
          await using publisher = await startPublisherProcess(options);
          await publisher.waitFor({ state: 'running' });
          load ??= new Load(() => database.connect());
          await delay(draw(50, 400));
          publisher.kill();
          await publisher.exited;
        }
        await using running = load ?? new Load(() => database.connect());
        await using _last = await startPublisherProcess(options);
        await running.delivered(record);
        record.expectOrder(kills);
        expect(running.size).to.be.greaterThan(1000);
        process.stdout.write(`        ${killed} kills, ${running.size} publications, ${record.repeats} repeats\n`);
      }));
  }
});
