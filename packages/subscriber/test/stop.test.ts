import { waitFor } from '@pgwamp/harness';
import { Subscriber } from '@pgwamp/subscriber';
import { expect } from 'chai';
import { pino } from 'pino';
import { hear, heard, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage, subscriberOptions } from './support/subscriber-stage.ts';

const hearWhenFree = `${hear}
  CREATE FUNCTION hear_when_free(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
    'SELECT pg_advisory_xact_lock_shared(7, number); SELECT public.hear(number)';
  ${subscribe('com.example.topic', 'hear_when_free(integer)')}`;

describe('Stopping a Subscriber', () => {
  it('leaves the session and handles the received events, and a second start works like the first', async () => {
    await using stage = await openSubscriberStage(hearWhenFree);
    const { publisher, sql, subscriber } = stage;
    await sql.query('SELECT pg_advisory_lock(7, 1)');
    await Promise.all(range(1, 500).map((number) => publisher.publish('com.example.topic', [number])));
    await waitFor(() => subscriber.status().waiting > 400, { what: 'the events' });
    const stopped = subscriber.stop();
    await waitFor(() => subscriber.status().session === undefined, { what: 'the session to be left' });
    await publisher.publish('com.example.topic', [501], {}, { acknowledge: true });
    expect(subscriber.status().state).to.equal('stopping');
    await sql.query('SELECT pg_advisory_unlock(7, 1)');
    await stopped;
    expect(await heard(sql)).to.deep.equal(range(1, 500));
    expect(subscriber.status()).to.deep.include({
      state: 'stopped',
      events: 500,
      dropped: 0,
      waiting: 0,
      database: undefined,
      subscriptions: { subscribed: 0, refused: 0, unusable: 0 },
    });
    await subscriber.start();
    await publisher.publish('com.example.topic', [502]);
    expect((await heardAll(sql, 501)).at(-1)).to.equal(502);
    const { rows } = await sql.query(`SELECT count(*)::integer AS count FROM pg_stat_activity
      WHERE datname = current_database() AND application_name LIKE 'pgwamp subscriber realm1%'`);
    expect(rows[0].count).to.equal(2);
  });

  it('has a time limit: then the statement is canceled, and remaining events are dropped and counted', async () => {
    await using stage = await openSubscriberStage(hearWhenFree, { extra: { drain: 200 } });
    const { publisher, sql, subscriber } = stage;
    await sql.query('SELECT pg_advisory_lock(7, 1)');
    for (const number of range(1, 10)) await publisher.publish('com.example.topic', [number]);
    await waitFor(() => subscriber.status().waiting === 9, { what: 'nine events to wait for the first' });
    const begin = performance.now();
    await subscriber.stop();
    expect(performance.now() - begin).to.be.at.least(150);
    expect(subscriber.status()).to.include({ state: 'stopped', events: 0, failed: 0, dropped: 10, waiting: 0 });
    const { rows } = await sql.query('SELECT dropped FROM crossbar.subscriptions');
    expect(rows).to.deep.equal([{ dropped: '10' }]);
    await sql.query('SELECT pg_advisory_unlock(7, 1)');
    expect(await heard(sql)).to.deep.equal([]);
  });

  it('is not delayed by a paused session', async () => {
    await using stage = await openSubscriberStage(hearWhenFree, { extra: { drain: 100, queue: { events: 5 } } });
    const { publisher, sql, subscriber } = stage;
    await sql.query('SELECT pg_advisory_lock(7, 1)');
    await Promise.all(range(1, 100).map((number) => publisher.publish('com.example.topic', [number])));
    await waitFor(() => subscriber.status().waiting > 3, { what: 'the queue to be full' });
    await subscriber.stop();
    expect(subscriber.status()).to.include({ state: 'stopped', events: 0, waiting: 0 });
  });

  it('stores an event that waits for a retry as failed, after one more failed attempt', async () => {
    await using stage = await openSubscriberStage(`
      CREATE FUNCTION fail(number integer) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      ${subscribe('com.example.topic', 'fail(integer)', { retries: 100 })}`);
    const { publisher, sql, subscriber } = stage;
    for (const number of [1, 2, 3]) await publisher.publish('com.example.topic', [number]);
    await waitFor(() => subscriber.status().waiting === 2, { what: 'two events to wait for the first' });
    await subscriber.stop();
    expect(subscriber.status()).to.include({ failed: 3, dropped: 0 });
    const { rows } = await sql.query('SELECT args FROM crossbar.failed_event ORDER BY id');
    expect(rows).to.deep.equal([{ args: [1] }, { args: [2] }, { args: [3] }]);
  });

  it('works while nothing can be reached, and start rejects', async () => {
    await using stage = await openSubscriberStage('');
    const unreachable = { type: 'websocket', url: 'ws://127.0.0.1:1/ws' } as const;
    await using subscriber = new Subscriber(subscriberOptions(stage.database, unreachable), {
      log: pino({ level: 'silent' }),
    });
    const started = subscriber.start().catch((error: Error) => error.name);
    await waitFor(() => subscriber.status().reconnects > 0, { what: 'the first tries' });
    await subscriber.stop();
    expect(await started).to.equal('StoppedError');
  });

  it('ends on its own if the schema is missing', async () => {
    await using stage = await openSubscriberStage('');
    await stage.subscriber.stop();
    await stage.sql.query('DROP SCHEMA crossbar CASCADE');
    const error = await stage.subscriber.start().catch((reason: Error) => reason);
    expect(error).to.include({ name: 'SchemaMissingError' });
    expect(stage.subscriber.status()).to.include({ state: 'stopped', error });
  });
});
