import { createRequire } from 'node:module';
import { join as joinPath } from 'node:path';
import { repositoryRoot, waitFor } from '@pgwamp/harness';
import { joinAsApplication } from '@pgwamp/harness/fixtures/application-session';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { startPublisher } from '@pgwamp/harness/fixtures/start-publisher';
import type { ComponentEnvironment } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { hear, heard, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage, startSubscriber, subscriberOptions } from './support/subscriber-stage.ts';

type Registry = NonNullable<ComponentEnvironment['metrics']>;

// The library belongs to core alone; an application brings its own.
const { Registry } = createRequire(joinPath(repositoryRoot, 'packages/core/package.json'))('@prometheus-io/client') as {
  Registry: new () => Registry;
};

/** The samples as a scrape shows them, by the name of the metric. */
async function samples(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).matchAll(
    /^pgwamp_subscriber_(\w+)\{database="[^"]+",realm="realm1"\} (\S+)$/gm,
  );
  return Object.fromEntries([...lines].map(([, name, value]) => [name, Number(value)]));
}

describe('A Subscriber', () => {
  it('shows its state in its status and its metrics, until it is disposed of', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION fail(number integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      ${subscribe('com.example.topic', 'hear(integer)')}
      ${subscribe('com.example.failing', 'fail(integer)')}`);
    const { database, publisher, router } = stage;
    await stage.subscriber.stop();
    const metrics = new Registry();
    const options = subscriberOptions(database, { type: 'memory', router });
    await using subscriber = await startSubscriber(options, { metrics });
    for (const number of [1, 2, 3]) await publisher.publish('com.example.topic', [number]);
    await publisher.publish('com.example.failing', [4]);
    await waitFor(() => subscriber.status().failed === 1, { what: 'the failure' });
    await waitFor(() => subscriber.status().events === 3, { what: 'the events' });
    await waitFor(() => subscriber.status().pool.busy === 0, { what: 'the clean-up behind the last event' });
    const { database: control, session, pool, ...rest } = subscriber.status();
    expect(rest).to.deep.equal({
      state: 'running',
      error: undefined,
      reconnects: 0,
      waitsFor: [],
      subscriptions: { subscribed: 2, refused: 0, unusable: 0 },
      ...{ events: 3, failed: 1, dropped: 0, waiting: 0 },
      backlogs: [],
    });
    expect(control?.processId).to.be.greaterThan(0);
    expect(session?.id).to.be.greaterThan(0);
    expect(pool.size).to.be.within(1, 8);
    const told = { events_total: 3, failed_total: 1, dropped_total: 0, reconnects_total: 0, waiting_events: 0 };
    const subscriptions = { subscriptions: 2, refused_subscriptions: 0, unusable_subscriptions: 0 };
    expect(await samples(metrics)).to.deep.include({ ...told, ...subscriptions, running: 1, busy_connections: 0 });
    await subscriber.stop();
    expect(await samples(metrics)).to.include({ ...told, running: 0, subscriptions: 0 });
    await subscriber[Symbol.asyncDispose]();
    expect(await samples(metrics)).to.deep.equal({});
  });

  it('shows for each subscription the number of waiting events and of retried events before them', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE TABLE gate (open boolean); GRANT SELECT ON gate TO PUBLIC;
      CREATE FUNCTION pass(number integer) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS (SELECT FROM public.gate) THEN RAISE 'closed'; END IF;
          PERFORM public.hear(number);
        END
      $$;
      ${subscribe('com.example.closed', 'pass(integer)', { retries: 100 })}
      ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { publisher, sql, subscriber } = stage;
    for (const number of [1, 2, 3, 4]) await publisher.publish('com.example.closed', [number]);
    const told = () => subscriber.status().backlogs.map(({ uri, waiting, retrying }) => ({ uri, waiting, retrying }));
    await waitFor(() => told()[0]?.retrying === 1 && told()[0]?.waiting === 3, { what: 'the first to be tried again' });
    await publisher.publish('com.example.topic', [5]);
    await heardAll(sql, 1);
    expect(told().map(({ uri }) => uri)).to.not.include('com.example.topic');
    await sql.query('INSERT INTO gate VALUES (true)');
    expect(await heardAll(sql, 5)).to.deep.equal([5, 1, 2, 3, 4]);
    await waitFor(() => told().length === 0, { what: 'nothing to wait' });
  });

  it('receives publications of its own database: trigger, Publisher, router, Subscriber, handler', async () => {
    await using stage = await openSubscriberStage(`
      ${hear} ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { database, router, sql, subscriber } = stage;
    const extra = { database: crossbarLogin(database) };
    await using publisher = await startPublisher({ realm: 'realm1', transport: { type: 'memory', router }, extra });
    await sql.query(
      `SELECT crossbar.publish('com.example.topic', jsonb_build_array(number)) FROM generate_series(1, 500) AS number`,
    );
    expect(await heardAll(sql, 500)).to.deep.equal(range(1, 500));
    expect(publisher.status()).to.include({ published: 500 });
    await waitFor(() => subscriber.status().events === 500, { what: 'the count' });
  });

  it('works in a session that the application has joined, and leaves it open', async () => {
    await using stage = await openSubscriberStage(`
      ${hear} ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { database, publisher, router, sql } = stage;
    await stage.subscriber.stop();
    const { url } = await router.listen();
    await using application = await joinAsApplication(url);
    const { session } = application;
    const options = subscriberOptions(database, { type: 'session', session } as never, { queue: { events: 50 } });
    await using subscriber = await startSubscriber(options);
    expect(subscriber.status().session).to.deep.equal({ id: session.id });
    for (const number of [1, 2, 3]) await publisher.publish('com.example.topic', [number]);
    expect(await heardAll(sql, 3)).to.deep.equal([1, 2, 3]);
    await subscriber.stop();
    await publisher.publish('com.example.topic', [4], {}, { acknowledge: true });
    expect(session.isOpen).to.equal(true);
    await subscriber.start();
    await publisher.publish('com.example.topic', [5]);
    expect(await heardAll(sql, 4)).to.deep.equal([1, 2, 3, 5]);
    await application.close();
    await waitFor(() => subscriber.status().state === 'reconnecting', { what: 'the end of the session to be noticed' });
    expect(await heard(sql)).to.have.length(4);
  });
});
