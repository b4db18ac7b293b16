import { setTimeout as delay } from 'node:timers/promises';
import { type RunningProcess, waitFor, withSeed } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { hear, heard, range, subscribe } from './support/handlers.ts';
import { startSubscriberProcess } from './support/subscriber-process.ts';
import { subscriberOptions } from './support/subscriber-stage.ts';

const kills = Number(process.env.KILLS ?? 100);
/** Milliseconds after which no more are killed: on a busy machine a process takes seconds to start. */
const time = 400_000;

describe('Subscriber: two processes of a queue group, one killed at random moments under load', function () {
  this.timeout(600_000);

  it('handle every event once', () =>
    withSeed(async (draw) => {
      await using stack = new AsyncDisposableStack();
      const database = stack.use(await createSetUpDatabase());
      const sql = stack.use(await database.connect());
      await sql.query(`${hear} ${subscribe('com.example.topic', 'hear(integer)', { queue_group: 'hearers' })}`);
      const router = stack.use(createTestRouter());
      const { url } = await router.listen();
      const options = subscriberOptions(database, { type: 'websocket', url });
      const start = async () => stack.use(await startSubscriberProcess(options));
      let [next, other]: RunningProcess[] = await Promise.all([start(), start()]);
      const publisher = stack.use(await join(router));
      const stop = new AbortController();
      let published = 0;
      const publishing = (async () => {
        while (!stop.signal.aborted) {
          for (let burst = 0; burst < 2; burst += 1) {
            published += 1;
            await publisher.publish('com.example.topic', [published], {}, { acknowledge: true });
          }
          await delay(10);
        }
      })();
      const isHeardUpTo = async (number: number) => {
        const { rows } = await sql.query('SELECT count(*)::int AS count FROM heard WHERE number <= $1', [number]);
        return rows[0].count >= number;
      };
      const handledUpTo = (number: number) =>
        waitFor(() => isHeardUpTo(number), { what: `events 1 to ${number} to be handled`, deadline: 60_000 });
      const end = performance.now() + time;
      let killed = 0;
      for (; killed < kills && performance.now() < end; killed += 1) {
        // Events published before the newer Subscriber has subscribed are only at the one that will be killed.
        await handledUpTo(published);
        await delay(draw(0, 200));
        next?.kill();
        await next?.exited;
        // The other one alone has all events until the new one runs.
        [next, other] = [other, await start()];
      }
      stop.abort();
      await publishing;
      await handledUpTo(published);
      expect((await heard(sql)).toSorted((a, b) => a - b)).to.deep.equal(range(1, published));
      process.stdout.write(`        ${killed} kills, ${published} events\n`);
    }));
});
