import { waitFor } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { hear, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage, startSubscriber, subscriberOptions } from './support/subscriber-stage.ts';

/** A handler that waits, at number 1, until nobody holds the advisory lock (7, 1) any more. */
const hearWhenFree = `${hear}
  CREATE FUNCTION hear_when_free(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
    'SELECT pg_advisory_xact_lock_shared(7, number); SELECT public.hear(number)';`;

describe('The queue of a Subscriber', () => {
  for (const transport of ['memory', 'websocket', 'rawsocket'] as const) {
    it(`pauses the router over ${transport} while it is full, and loses nothing`, async () => {
      await using database = await createSetUpDatabase();
      await using sql = await database.connect();
      await sql.query(`${hearWhenFree} ${subscribe('com.example.topic', 'hear_when_free(integer)')}`);
      await using router = createTestRouter();
      const { url } = await router.listen();
      const { port } = await router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } });
      const transports = {
        memory: { type: 'memory', router },
        websocket: { type: 'websocket', url, options: { auto_ping_interval: 50, auto_ping_timeout: 100 } },
        rawsocket: { type: 'rawsocket', endpoint: { type: 'tcp', host: '127.0.0.1', port } },
      } as const;
      const options = subscriberOptions(database, transports[transport], { queue: { events: 100 } });
      await using subscriber = await startSubscriber(options);
      await using publisher = await join(router);
      await sql.query('SELECT pg_advisory_lock(7, 1)');
      for (const number of range(1, 5000)) {
        await publisher.publish('com.example.topic', [number]);
        if (number % 100 === 0) await new Promise(setImmediate);
      }
      await waitFor(() => subscriber.status().waiting > 90, { what: 'the queue to be full' });
      // Longer than a ping may take: a session that is held back is not dead.
      await waitFor(async () => (await sql.query('SELECT clock_timestamp() > now() FROM pg_sleep(0.5)')).rowCount, {
        what: 'some time to pass',
      });
      expect(subscriber.status()).to.include({ state: 'running', reconnects: 0, events: 0 });
      expect(subscriber.status().waiting).to.be.below(2500);
      await sql.query('SELECT pg_advisory_unlock(7, 1)');
      expect(await heardAll(sql, 5000, 20_000)).to.deep.equal(range(1, 5000));
      expect(subscriber.status()).to.include({ reconnects: 0, dropped: 0, failed: 0 });
    });
  }

  it('drops the oldest events with overflow drop_oldest, and none of a subscription that keeps up', async () => {
    await using stage = await openSubscriberStage(
      `${hearWhenFree} ${subscribe('com.example.slow', 'hear_when_free(integer)')}
       ${subscribe('com.example.fast', 'hear(integer)')}`,
      { extra: { queue: { events: 100, overflow: 'drop_oldest' } } },
    );
    const { publisher, sql, subscriber } = stage;
    await sql.query('SELECT pg_advisory_lock(7, 1)');
    await publisher.publish('com.example.slow', [1]);
    await waitFor(() => subscriber.status().pool.busy === 1, { what: 'the first event to be in its handler' });
    for (const number of range(2, 301)) await publisher.publish('com.example.slow', [number]);
    await waitFor(() => subscriber.status().dropped === 200, { what: 'the surplus to be dropped' });
    for (const number of range(1001, 1020)) {
      await publisher.publish('com.example.fast', [number]);
    }
    await heardAll(sql, 20);
    const { dropped, waiting } = subscriber.status();
    expect(dropped).to.be.within(200, 220);
    expect(waiting).to.equal(300 - dropped);
    await sql.query('SELECT pg_advisory_unlock(7, 1)');
    const numbers = await heardAll(sql, 20 + 1 + waiting);
    expect(numbers).to.deep.equal([...range(1001, 1020), 1, ...range(dropped + 2, 301)]);
    const view = `SELECT uri, dropped::integer FROM crossbar.subscriptions ORDER BY uri`;
    await waitFor(async () => (await sql.query(view)).rows[1].dropped === dropped, { what: 'the view to tell it' });
    expect((await sql.query(view)).rows[0]).to.deep.equal({ uri: 'com.example.fast', dropped: 0 });
  });
});
