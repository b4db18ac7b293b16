import { waitFor } from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { expect } from 'chai';
import { hear, heard, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage } from './support/subscriber-stage.ts';

describe('A function that is subscribed with crossbar.subscribe', () => {
  it('receives the arguments of an event like those of a call, and the topic and the publication', async () => {
    await using stage = await openSubscriberStage(`
      CREATE TABLE got (a integer, b text, c jsonb, topic text, publication text);
      CREATE FUNCTION get(a integer, b text DEFAULT 'none', c jsonb DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
        INSERT INTO public.got VALUES (a, b, c, current_setting('crossbar.topic'), current_setting('crossbar.publication'))
      $$;
      GRANT INSERT ON got TO crossbar;
      ${subscribe('com.example.topic', 'get(integer,text,jsonb)')}`);
    const { publisher, sql } = stage;
    const publications = [
      await publisher.publish('com.example.topic', [1], {}, { acknowledge: true }),
      await publisher.publish('com.example.topic', [2], { c: [{ x: null }], b: 'two' }, { acknowledge: true }),
    ];
    await waitFor(async () => (await sql.query('SELECT FROM got')).rowCount === 2, { what: 'both events' });
    const { rows } = await sql.query('SELECT * FROM got ORDER BY a');
    expect(rows).to.deep.equal([
      { a: 1, b: 'none', c: null, topic: 'com.example.topic', publication: String(publications[0]) },
      { a: 2, b: 'two', c: [{ x: null }], topic: 'com.example.topic', publication: String(publications[1]) },
    ]);
  });

  it('receives the complete event in the raw form: every digit, and the publisher if it is disclosed', async () => {
    const roles = [
      {
        name: 'anonymous',
        permissions: [
          { uri: '', match: 'prefix', allow: { publish: true, subscribe: true }, disclose: { publisher: true } },
        ],
      },
    ];
    await using stage = await openSubscriberStage(
      `CREATE TABLE got (args jsonb, kwargs jsonb, details jsonb);
      CREATE FUNCTION get(args jsonb, kwargs jsonb, details jsonb) RETURNS void LANGUAGE sql AS
        'INSERT INTO public.got VALUES (args, kwargs, details)';
      GRANT INSERT ON got TO crossbar;
      ${subscribe('com.example.topic', 'get(jsonb,jsonb,jsonb)')}`,
      { router: { realms: [{ name: 'realm1', roles }] } as never },
    );
    const { publisher, sql } = stage;
    const publication = await publisher.publish(
      'com.example.topic',
      [9007199254740993n, 'a'],
      { b: [true] },
      { acknowledge: true },
    );
    await waitFor(async () => (await sql.query('SELECT FROM got')).rowCount === 1, { what: 'the event' });
    const { rows } = await sql.query('SELECT args::text, kwargs, details FROM got');
    expect(rows[0].args).to.equal('[9007199254740993, "a"]');
    expect(rows[0].kwargs).to.deep.equal({ b: [true] });
    expect(rows[0].details).to.include({ topic: 'com.example.topic', publication, publisher: publisher.id });
  });

  it('receives the topic of an event if it is subscribed to a pattern', async () => {
    await using stage = await openSubscriberStage(`
      ${hear} ${subscribe('com.example', 'hear(integer)', { match: 'prefix' })}`);
    const { publisher, sql } = stage;
    await sql.query(subscribe('com..deep', 'hear(integer)', { match: 'wildcard' }));
    await waitFor(() => stage.subscriber.status().subscriptions.subscribed === 2, { what: 'both subscriptions' });
    await publisher.publish('com.example.one', [1]);
    await publisher.publish('com.other.deep', [2]);
    await publisher.publish('com.example.deep', [3]);
    expect((await heardAll(sql, 4)).toSorted()).to.deep.equal([1, 2, 3, 3]);
    const { rows } = await sql.query('SELECT DISTINCT number, topic FROM heard ORDER BY number');
    expect(rows.map(({ topic }) => topic)).to.deep.equal(['com.example.one', 'com.other.deep', 'com.example.deep']);
  });

  it('handles events in their order, and each of several functions of a topic handles all of them', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION hear_negative(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
        'INSERT INTO public.heard (number) VALUES (-number)';
      ${subscribe('com.example.topic', 'hear(integer)')}
      ${subscribe('com.example.topic', 'hear_negative(integer)')}`);
    const { publisher, sql, subscriber } = stage;
    await Promise.all(range(1, 1000).map((number) => publisher.publish('com.example.topic', [number])));
    const numbers = await heardAll(sql, 2000);
    expect(numbers.filter((number) => number > 0)).to.deep.equal(range(1, 1000));
    expect(numbers.filter((number) => number < 0)).to.deep.equal(range(1, 1000).map((number) => -number));
    await waitFor(() => subscriber.status().events === 2000, { what: 'the count' });
    expect(subscriber.status()).to.include({ failed: 0, dropped: 0, waiting: 0 });
  });

  it('handles several events concurrently with a concurrency of more than one', async () => {
    await using stage = await openSubscriberStage(`
      CREATE FUNCTION meet(number integer) RETURNS void LANGUAGE sql AS $$
        SELECT pg_advisory_xact_lock_shared(7, number)
      $$;
      ${subscribe('com.example.topic', 'meet(integer)', { concurrency: 3 })}`);
    const { publisher, sql } = stage;
    // They wait until we let them.
    await sql.query('SELECT pg_advisory_lock(7, number) FROM generate_series(1, 5) AS number');
    await Promise.all(range(1, 5).map((number) => publisher.publish('com.example.topic', [number])));
    const waiting = `SELECT count(*)::integer AS count FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND classid = 7
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await waitFor(async () => (await sql.query(waiting)).rows[0].count === 3, { what: 'three handlers at once' });
    expect(stage.subscriber.status().waiting).to.equal(2);
    await sql.query('SELECT pg_advisory_unlock_all()');
    await waitFor(() => stage.subscriber.status().events === 5, { what: 'all events' });
  });

  it('receives retained events once if it requests them, and other handlers of the topic do not', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION hear_negative(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
        'INSERT INTO public.heard (number) VALUES (-number)';
      CREATE FUNCTION hear_more(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
        'INSERT INTO public.heard (number) VALUES (100 + number)';`);
    const { publisher, sql, subscriber } = stage;
    await publisher.publish('com.example.topic', [1], {}, { retain: true, acknowledge: true });
    await sql.query(subscribe('com.example.topic', 'hear(integer)', { get_retained: true }));
    await heardAll(sql, 1);
    await sql.query(`${subscribe('com.example.topic', 'hear_negative(integer)')}
      ${subscribe('com.example.topic', 'hear_more(integer)', { get_retained: true })}`);
    await heardAll(sql, 2);
    await waitFor(() => subscriber.status().subscriptions.subscribed === 3, { what: 'all subscriptions' });
    await publisher.publish('com.example.topic', [2]);
    expect((await heardAll(sql, 5)).toSorted((a, b) => a - b)).to.deep.equal([-2, 1, 2, 101, 102]);
  });

  it('runs as the role that its publisher is mapped to, and not for one that is mapped to none', async () => {
    const permissions = [
      { uri: '', match: 'prefix', allow: { publish: true, subscribe: true }, disclose: { publisher: true } },
    ];
    const roles = ['anonymous', 'clerk', 'stranger'].map((name) => ({ name, permissions }));
    await using stage = await openSubscriberStage(
      `CREATE TABLE got (number integer, role text DEFAULT current_user);
      CREATE FUNCTION get(number integer) RETURNS void LANGUAGE sql AS 'INSERT INTO public.got VALUES (number)';
      GRANT INSERT ON got TO pg_monitor; GRANT pg_monitor TO crossbar;
      ${subscribe('com.example.topic', 'get(integer)', { run_as: 'caller' })}`,
      { extra: { roles: { clerk: 'pg_monitor' } }, router: { realms: [{ name: 'realm1', roles }] } as never },
    );
    const { sql, router } = stage;
    await using clerk = await join(router, { authrole: 'clerk' });
    await using stranger = await join(router, { authrole: 'stranger' });
    await stranger.publish('com.example.topic', [1]);
    await clerk.publish('com.example.topic', [2]);
    await waitFor(() => stage.subscriber.status().events + stage.subscriber.status().failed === 2, {
      what: 'both events',
    });
    expect((await sql.query('SELECT * FROM got')).rows).to.deep.equal([{ number: 2, role: 'pg_monitor' }]);
    const { rows } = await sql.query('SELECT args, error FROM crossbar.failed_event');
    expect(rows).to.deep.equal([{ args: [1], error: 'wamp.error.not_authorized' }]);
  });

  it('may be a procedure, with transactions of its own', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE PROCEDURE hear_twice(number integer) LANGUAGE plpgsql AS $$
        BEGIN PERFORM public.hear(number); COMMIT; PERFORM public.hear(-number); END $$;
      ${subscribe('com.example.topic', 'hear_twice(integer)')}`);
    await Promise.all([1, 2, 3].map((number) => stage.publisher.publish('com.example.topic', [number])));
    expect(await heardAll(stage.sql, 6)).to.deep.equal([1, -1, 2, -2, 3, -3]);
    expect(await heard(stage.sql)).to.have.length(6);
  });
});
