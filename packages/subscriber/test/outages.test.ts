import { type Connection, startPostgres, type TestDatabase, waitFor } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { createTestRouter } from '@pgwamp/harness/fixtures/test-router';
import { expect } from 'chai';
import { pino } from 'pino';
import { hear, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage, startSubscriber, subscriberOptions } from './support/subscriber-stage.ts';

/** Refuses new connections to a database, or takes them again. */
async function allowConnections(database: TestDatabase, allowed: boolean): Promise<void> {
  // A database cannot refuse connections to itself.
  await using sql = await database.connect({ database: 'postgres' });
  await sql.query(`ALTER DATABASE ${database.name} ALLOW_CONNECTIONS ${allowed}`);
}

/** Refuses new connections, and ends those that role crossbar has. */
async function takeAway(sql: Connection, database: TestDatabase): Promise<void> {
  await allowConnections(database, false);
  await sql.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'crossbar'`);
}

describe('A Subscriber', () => {
  it('keeps its session while PostgreSQL is away, and then handles the events received meanwhile', async () => {
    await using stage = await openSubscriberStage(`${hear} ${subscribe('com.example.topic', 'hear(integer)')}`, {
      extra: { queue: { events: 500, overflow: 'drop_oldest' } },
    });
    const { database, publisher, sql, subscriber } = stage;
    const publish = (from: number, to: number) =>
      Promise.all(range(from, to).map((number) => publisher.publish('com.example.topic', [number])));
    await publish(1, 100);
    await heardAll(sql, 100);
    const { session, subscriptions } = subscriber.status();
    await takeAway(sql, database);
    await waitFor(() => subscriber.status().state === 'reconnecting', { what: 'the loss to be noticed' });
    await publish(101, 500);
    await waitFor(() => subscriber.status().waiting === 400, { what: 'the events' });
    expect(subscriber.status()).to.deep.include({ state: 'reconnecting', database: undefined, session });
    expect(subscriber.status().error).to.be.instanceOf(Error);
    await allowConnections(database, true);
    await waitFor(() => subscriber.status().state === 'running', { what: 'the Subscriber to run again' });
    await publish(501, 600);
    expect(await heardAll(sql, 600)).to.deep.equal(range(1, 600));
    await waitFor(() => subscriber.status().events === 600, { what: 'the count' });
    expect(subscriber.status()).to.deep.include({ session, subscriptions, failed: 0, dropped: 0, error: undefined });
    await takeAway(sql, database);
    await waitFor(() => subscriber.status().state === 'reconnecting', { what: 'the second loss to be noticed' });
    await publish(601, 1200);
    await waitFor(() => subscriber.status().dropped > 90, { what: 'what finds no room to be dropped' });
    await allowConnections(database, true);
    await waitFor(() => subscriber.status().waiting === 0, { what: 'what has found room to be handled' });
    const left = await heardAll(sql, 1200 - subscriber.status().dropped);
    expect(left.slice(-500)).to.deep.equal(range(701, 1200));
    const dropped = async () => (await sql.query('SELECT dropped FROM crossbar.subscriptions')).rows[0].dropped;
    await waitFor(async () => Number(await dropped()) === subscriber.status().dropped, { what: 'the view to tell it' });
  });

  it('handles every event once, in order, though PostgreSQL crashes', async () => {
    await using server = await startPostgres({ own: true });
    await using stage = await openSubscriberStage(`${hear} ${subscribe('com.example.topic', 'hear(integer)')}`, {
      server,
    });
    const { database, publisher, subscriber } = stage;
    let published = 0;
    const publish = setInterval(() => {
      // Without an acknowledgement there is nothing to wait for.
      for (let burst = 0; burst < 5; burst += 1) void publisher.publish('com.example.topic', [++published]);
    }, 1);
    try {
      for (let crash = 0; crash < 2; crash += 1) {
        const enough = published + 500;
        await waitFor(() => published > enough, { what: 'some publications' });
        await server.stop('immediate');
        await server.start();
        await waitFor(() => subscriber.status().state === 'running', { what: 'the Subscriber to run again' });
      }
    } finally {
      clearInterval(publish);
    }
    await using sql = await database.connect();
    expect(await heardAll(sql, published, 20_000)).to.deep.equal(range(1, published));
    await waitFor(() => subscriber.status().events === published, { what: 'the count' });
    expect(subscriber.status()).to.include({ failed: 0, dropped: 0 });
  });

  it('subscribes again when the router is back, and handles earlier events meanwhile', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query(`${hear}
      CREATE FUNCTION hear_when_free(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
        'SELECT pg_advisory_xact_lock_shared(7, number); SELECT public.hear(number)';
      ${subscribe('com.example.topic', 'hear_when_free(integer)')}`);
    const router = createTestRouter();
    const { url } = await router.listen();
    await using subscriber = await startSubscriber(subscriberOptions(database, { type: 'websocket', url }));
    await sql.query('SELECT pg_advisory_lock(7, 1)');
    const publisher = await join(router);
    for (const number of [1, 2, 3]) await publisher.publish('com.example.topic', [number]);
    await waitFor(() => subscriber.status().waiting === 2, { what: 'two events to wait for the first' });
    await router.close();
    await waitFor(() => subscriber.status().state === 'reconnecting', { what: 'the loss to be noticed' });
    await sql.query('SELECT pg_advisory_unlock(7, 1)');
    expect(await heardAll(sql, 3)).to.deep.equal([1, 2, 3]);
    await using another = createTestRouter();
    await another.listen({ port: Number(new URL(url).port) });
    await waitFor(() => subscriber.status().state === 'running', { what: 'the Subscriber to run again' });
    await using next = await join(another);
    await next.publish('com.example.topic', [4]);
    expect(await heardAll(sql, 4)).to.deep.equal([1, 2, 3, 4]);
    expect(subscriber.status().reconnects).to.be.at.least(1);
  });

  it('retries refused subscriptions, and logs each once', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line).msg) });
    const all = [{ uri: '', match: 'prefix', allow: { call: true, register: true, publish: true, subscribe: true } }];
    const roles = [
      { name: 'anonymous', permissions: all },
      { name: 'handlers', authorizer: 'com.example.authorize' },
    ];
    await using stage = await openSubscriberStage(`${hear} ${subscribe('com.example.topic', 'hear(integer)')}`, {
      router: { realms: [{ name: 'realm1', roles }] } as never,
      role: 'handlers',
      environment: { log },
    });
    const { publisher, sql, subscriber } = stage;
    const state = async () => (await sql.query('SELECT state, error FROM crossbar.subscriptions')).rows[0];
    expect(subscriber.status().subscriptions).to.deep.equal({ subscribed: 0, refused: 1, unusable: 0 });
    await waitFor(async () => (await state()).state === 'refused', { what: 'the view to tell it' });
    expect((await state()).error).to.match(/^wamp\.error\.authorization_failed/);
    let tries = 0;
    await publisher.register('com.example.authorize', () => ++tries > 2);
    await waitFor(() => subscriber.status().subscriptions.subscribed === 1, { what: 'the next try' });
    await publisher.publish('com.example.topic', [1]);
    expect(await heardAll(sql, 1)).to.deep.equal([1]);
    await waitFor(async () => (await state()).state === 'subscribed', { what: 'the view to tell it' });
    const refusals = lines.filter((line) =>
      line.startsWith('the router refused the subscription of com.example.topic'),
    );
    // Once for the missing authorizer, once for its answer, which is the same at the second attempt.
    expect(refusals).to.have.length(2);
    for (const line of refusals) expect(line).to.include('(function public.hear(integer)): wamp.error.');
  });
});
