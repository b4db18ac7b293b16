import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { hear, heard, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage, startSubscriber, subscriberOptions } from './support/subscriber-stage.ts';

describe('crossbar.subscribe and crossbar.unsubscribe', () => {
  it('work while the Subscriber runs: soon after COMMIT, never after ROLLBACK', async () => {
    await using stage = await openSubscriberStage(hear);
    const { publisher, sql, subscriber } = stage;
    const subscribed = () => subscriber.status().subscriptions.subscribed;
    await sql.query('BEGIN');
    const { rows } = await sql.query(subscribe('com.example.topic', 'hear(integer)'));
    expect(subscribed()).to.equal(0);
    await sql.query('COMMIT');
    await waitFor(() => subscribed() === 1, { what: 'the subscription' });
    await publisher.publish('com.example.topic', [1]);
    await heardAll(sql, 1);
    const id = rows[0].subscribe;
    await sql.query(
      `BEGIN; SELECT crossbar.unsubscribe(${id}); ${subscribe('com.example.other', 'hear(integer)')} ROLLBACK`,
    );
    await publisher.publish('com.example.other', [-1]);
    await publisher.publish('com.example.topic', [2]);
    expect(await heardAll(sql, 2)).to.deep.equal([1, 2]);
    await sql.query('SELECT crossbar.unsubscribe($1)', [id]);
    await waitFor(() => subscribed() === 0, { what: 'the end of the subscription' });
    await publisher.publish('com.example.topic', [3], {}, { acknowledge: true });
    expect(await heard(sql)).to.deep.equal([1, 2]);
  });

  it('take effect at the router soon after COMMIT', async () => {
    await using stage = await openSubscriberStage(hear);
    const { sql, subscriber } = stage;
    const subscribed = () => subscriber.status().subscriptions.subscribed;
    const topic = (index: number) => `com.example.topic${index}`;
    const indexes = [0, 1, 2];
    for (const index of indexes) {
      await sql.query(subscribe(topic(index), 'hear(integer)'));
      await waitFor(() => subscribed() === index + 1, { what: `subscription ${index}` });
    }
    for (const index of indexes) {
      await sql.query(`SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions WHERE uri = $1`, [topic(index)]);
      await waitFor(() => subscribed() === indexes.length - index - 1, { what: `the end of subscription ${index}` });
    }
    expect(subscribed()).to.equal(0);
  });

  it('replace a handler in one transaction without missing an event', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION hear_again(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
        'INSERT INTO public.heard (number) VALUES (number)';
      ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { publisher, sql, subscriber } = stage;
    let published = 0;
    const publish = setInterval(() => publisher.publish('com.example.topic', [published++]), 1);
    try {
      for (const [former, next] of [
        ['hear', 'hear_again'],
        ['hear_again', 'hear'],
      ]) {
        await sql.query(`BEGIN;
          SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions WHERE handler = 'public.${former}(integer)';
          ${subscribe('com.example.topic', `${next}(integer)`)} COMMIT`);
        const before = published;
        await waitFor(() => published > before + 50, { what: 'some publications' });
      }
    } finally {
      clearInterval(publish);
    }
    expect(await heardAll(sql, published)).to.deep.equal(range(0, published - 1));
    expect(subscriber.status().dropped).to.equal(0);
  });

  it('pass the waiting events of a handler to its replacement, also when its function is dropped', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE TABLE gate ();
      CREATE FUNCTION wait(number integer) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN LOCK TABLE public.gate; RAISE 'no'; END $$;
      GRANT ALL ON gate TO crossbar;
      ${subscribe('com.example', 'wait(integer)', { match: 'prefix' })}`);
    const { database, publisher, sql, subscriber } = stage;
    await using gate = await database.connect();
    await gate.query('BEGIN; LOCK TABLE gate');
    for (const number of range(1, 5)) await publisher.publish('com.example.topic', [number], {}, { acknowledge: true });
    const isHeldUp = async () =>
      (await sql.query(`SELECT FROM pg_locks WHERE NOT granted AND relation = 'gate'::regclass`)).rowCount === 1;
    await waitFor(isHeldUp, { what: 'the handler to be held up' });
    await sql.query(`BEGIN; SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions; DROP FUNCTION wait;
      ${subscribe('com.example', 'hear(integer)', { match: 'prefix' })} COMMIT`);
    const isSubscribed = async () =>
      (await sql.query(`SELECT FROM crossbar.subscriptions WHERE handler ~ 'hear' AND state = 'subscribed'`)).rowCount;
    await waitFor(async () => (await isSubscribed()) === 1, { what: 'the other handler' });
    await gate.query('COMMIT');
    await publisher.publish('com.example.topic', [6]);
    expect(await heardAll(sql, 6)).to.deep.equal(range(1, 6));
    expect(subscriber.status()).to.include({ dropped: 0, failed: 0 });
  });

  it('remain valid without a running Subscriber', async () => {
    await using stage = await openSubscriberStage(`${hear} ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { database, publisher, router, sql, subscriber } = stage;
    await subscriber.stop();
    const state = async () => (await sql.query('SELECT uri, state FROM crossbar.subscriptions ORDER BY uri')).rows;
    expect(await state()).to.deep.equal([{ uri: 'com.example.topic', state: 'waiting' }]);
    await sql.query(subscribe('com.example.another', 'hear(integer)'));
    await sql.query(`SELECT crossbar.unsubscribe(id) FROM crossbar.subscriptions WHERE uri = 'com.example.topic'`);
    await using _second = await startSubscriber(subscriberOptions(database, { type: 'memory', router }));
    await subscriber.start();
    await publisher.publish('com.example.topic', [1]);
    await publisher.publish('com.example.another', [2]);
    expect(await heardAll(sql, 2)).to.deep.equal([2, 2]);
    await waitFor(async () => (await state())[0].state === 'subscribed', { what: 'the state' });
    expect(await state()).to.have.length(1);
  });
});
