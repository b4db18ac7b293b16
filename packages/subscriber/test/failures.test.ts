import { type Connection, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { pino } from 'pino';
import { hear, heard, heardAll, range, subscribe } from './support/handlers.ts';
import { openSubscriberStage } from './support/subscriber-stage.ts';

async function subscription(sql: Connection, topic: string) {
  const { rows } = await sql.query('SELECT * FROM crossbar.subscriptions WHERE uri = $1', [topic]);
  return rows[0];
}

describe('An event whose handler fails', () => {
  it('is stored with its payload and the error, which the view also shows, and its neighbors are handled', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION hear_all_but_7(number integer, more jsonb DEFAULT NULL) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          IF number = 7 THEN
            PERFORM crossbar.raise('com.example.error.seven', '["no", 7]', '{"why": "sevens"}');
          END IF;
          PERFORM public.hear(number);
        END
      $$;
      ${subscribe('com.example.topic', 'hear_all_but_7(integer,jsonb)')}`);
    const { publisher, sql, subscriber } = stage;
    await Promise.all(
      range(1, 20).map((number) => publisher.publish('com.example.topic', [number], { more: { number } })),
    );
    expect(await heardAll(sql, 19)).to.deep.equal(range(1, 20).filter((number) => number !== 7));
    await waitFor(() => subscriber.status().failed === 1, { what: 'the failure' });
    const { rows } = await sql.query('SELECT * FROM crossbar.failed_event');
    expect(rows).to.have.length(1);
    expect(rows[0]).to.deep.include({
      topic: 'com.example.topic',
      args: [7],
      kwargs: { more: { number: 7 } },
      error: 'com.example.error.seven',
      error_args: ['no', 7],
      error_kwargs: { why: 'sevens' },
    });
    expect(rows[0].details).to.deep.include({ topic: 'com.example.topic', publication: Number(rows[0].publication) });
    await waitFor(async () => (await subscription(sql, 'com.example.topic')).events === '20', { what: 'the counts' });
    const { id, failed, dropped, last_error, last_error_at } = await subscription(sql, 'com.example.topic');
    expect({ id, failed, dropped }).to.deep.equal({ id: rows[0].subscription, failed: '1', dropped: '0' });
    expect(last_error).to.equal('com.example.error.seven: no');
    expect(last_error_at).to.be.instanceOf(Date);
  });

  it('is retried according to the option retries, before the next event, and does not block other subscriptions', async () => {
    await using stage = await openSubscriberStage(
      `${hear}
      CREATE SEQUENCE tries;
      CREATE FUNCTION hear_at_last(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          IF number = 1 AND nextval('public.tries') < 3 THEN RAISE 'not yet'; END IF;
          PERFORM public.hear(number);
        END
      $$;
      ${subscribe('com.example.topic', 'hear_at_last(integer)', { retries: 2 })}
      ${subscribe('com.example.other', 'hear(integer)')}`,
      { extra: { pool: { size: 1 } } },
    );
    const { publisher, sql, subscriber } = stage;
    await Promise.all([1, 2, 3].map((number) => publisher.publish('com.example.topic', [number])));
    await Promise.all(range(11, 20).map((number) => publisher.publish('com.example.other', [number])));
    expect(await heardAll(sql, 13)).to.deep.equal([...range(11, 20), 1, 2, 3]);
    expect(subscriber.status()).to.include({ events: 13, failed: 0 });
    const lastError = async () => (await subscription(sql, 'com.example.topic')).last_error;
    await waitFor(async () => (await lastError()) === 'wamp.error.runtime_error: not yet', { what: 'the last error' });
    expect((await sql.query('SELECT FROM crossbar.failed_event')).rowCount).to.equal(0);
    await sql.query(`ALTER SEQUENCE tries RESTART`);
    await sql.query(subscribe('com.example.third', 'hear_at_last(integer)', { retries: 1 }));
    await waitFor(() => subscriber.status().subscriptions.subscribed === 3, { what: 'the third subscription' });
    await publisher.publish('com.example.third', [1]);
    await publisher.publish('com.example.third', [4]);
    await waitFor(async () => (await heard(sql)).at(-1) === 4, { what: 'the next event' });
    expect(subscriber.status()).to.include({ events: 14, failed: 1 });
  });

  it('is retried automatically after a serialization failure', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE SEQUENCE tries;
      CREATE FUNCTION hear_at_last(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
          IF nextval('public.tries') < 4 THEN RAISE serialization_failure; END IF;
          PERFORM public.hear(number);
        END
      $$;
      ${subscribe('com.example.topic', 'hear_at_last(integer)')}`);
    await stage.publisher.publish('com.example.topic', [1]);
    expect(await heardAll(stage.sql, 1)).to.deep.equal([1]);
    expect(stage.subscriber.status().failed).to.equal(0);
  });

  it('is stored for any cause: wrong arguments, text that jsonb cannot represent, a dropped function', async () => {
    await using stage = await openSubscriberStage(`
      ${hear} ${subscribe('com.example.topic', 'hear(integer)')}`);
    const { publisher, sql, subscriber } = stage;
    await publisher.publish('com.example.topic', ['one']);
    await publisher.publish('com.example.topic', ['\0AAAA', '\ud800', '\\u0000']);
    await waitFor(() => subscriber.status().failed === 2, { what: 'both events' });
    await sql.query('DROP FUNCTION hear');
    await waitFor(() => subscriber.status().subscriptions.unusable === 1, { what: 'the loss of the function' });
    await publisher.publish('com.example.topic', [3]);
    await waitFor(() => subscriber.status().failed === 3, { what: 'the third event' });
    const { rows } = await sql.query('SELECT error, args FROM crossbar.failed_event ORDER BY id');
    expect(rows).to.deep.equal([
      { error: 'wamp.error.invalid_argument', args: ['one'] },
      { error: 'wamp.error.invalid_argument', args: ['\ufffdAAAA', '\ufffd', '\\u0000'] },
      { error: 'wamp.error.unavailable', args: [3] },
    ]);
    const state = async () => (await subscription(sql, 'com.example.topic')).state;
    await waitFor(async () => (await state()) === 'unusable', { what: 'the view to show it' });
    expect((await subscription(sql, 'com.example.topic')).error).to.match(/hear\(integer\) does not exist/);
    await sql.query(`CREATE FUNCTION hear(number integer) RETURNS void LANGUAGE sql SECURITY DEFINER AS
      'INSERT INTO public.heard (number) VALUES (number)'`);
    await waitFor(() => subscriber.status().subscriptions.subscribed === 1, { what: 'the new function' });
    await publisher.publish('com.example.topic', [4]);
    expect(await heardAll(sql, 1)).to.deep.equal([4]);
    await waitFor(async () => (await state()) === 'subscribed', { what: 'the view to show it' });
  });

  it('is handled alone, like every other one, if handlers change the settings of the next event', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION hear_and_forge(number integer) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM public.hear(number), set_config('crossbar.topic', 'com.example.forged', true);
          RESET ROLE;
        END
      $$;
      ${subscribe('com.example.topic', 'hear_and_forge(integer)')}`);
    const { publisher, sql, subscriber } = stage;
    await Promise.all(range(1, 200).map((number) => publisher.publish('com.example.topic', [number])));
    expect(await heardAll(sql, 200)).to.deep.equal(range(1, 200));
    await waitFor(() => subscriber.status().events === 200, { what: 'the count' });
    expect(subscriber.status()).to.include({ failed: 0, dropped: 0 });
    const { rows } = await sql.query('SELECT DISTINCT topic FROM heard');
    expect(rows).to.deep.equal([{ topic: 'com.example.topic' }]);
  });

  it('is run once and waits while crossbar.failed_event refuses it, which is logged once', async () => {
    const lines: { level: number; msg: string }[] = [];
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) });
    await using stage = await openSubscriberStage(
      `CREATE SEQUENCE runs;
      CREATE FUNCTION fail(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN PERFORM nextval('public.runs'); RAISE 'no'; END $$;
      CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
      ${subscribe('com.example.topic', 'fail(integer)')}`,
      { environment: { log } },
    );
    const { publisher, sql, subscriber } = stage;
    await sql.query('CREATE TRIGGER full_disk BEFORE INSERT ON crossbar.failed_event EXECUTE FUNCTION full_disk()');
    await publisher.publish('com.example.topic', [1]);
    const logged = () => lines.filter(({ msg }) => msg.includes('No space left on device'));
    await waitFor(() => logged().length > 0, { what: 'the log line' });
    await sql.query('DROP TRIGGER full_disk ON crossbar.failed_event');
    await waitFor(() => subscriber.status().failed === 1, { what: 'the event to be kept' });
    expect((await sql.query('SELECT last_value FROM runs')).rows).to.deep.equal([{ last_value: '1' }]);
    expect(logged()).to.have.length(1);
    expect((await sql.query('SELECT args FROM crossbar.failed_event')).rows).to.deep.equal([{ args: [1] }]);
  });

  it('is stored in a form that jsonb accepts', async () => {
    await using stage = await openSubscriberStage(`
      CREATE FUNCTION fail(args jsonb, kwargs jsonb, details jsonb) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      ${subscribe('com.example.topic', 'fail(jsonb,jsonb,jsonb)')}`);
    const { publisher, sql, subscriber } = stage;
    const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
    const args = [rawJSON('1e400000'), 'a\0b', '\ud800', 7];
    await publisher.publish('com.example.topic', args, { 'k\0': 1 });
    await waitFor(() => subscriber.status().failed === 1, { what: 'the event to be kept' });
    const { rows } = await sql.query('SELECT args, kwargs FROM crossbar.failed_event');
    expect(rows).to.deep.equal([{ args: ['1e400000', 'a\ufffdb', '\ufffd', 7], kwargs: { 'k\ufffd': 1 } }]);
  });

  it('is stored if it has exceeded the transaction_timeout of the database, and the next one is handled', async () => {
    await using stage = await openSubscriberStage(`
      ${hear}
      CREATE FUNCTION nap_over_2(number integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN PERFORM pg_sleep(CASE number WHEN 2 THEN 60 ELSE 0 END), public.hear(number); END $$;
      ${subscribe('com.example.topic', 'nap_over_2(integer)')}`);
    const { publisher, sql, database } = stage;
    const { rows } = await sql.query(`SELECT current_setting('server_version_num')::int >= 170000 AS knows`);
    if (!rows[0].knows) return;
    await sql.query(`ALTER DATABASE ${database.name} SET transaction_timeout = '1s'`);
    await Promise.all([1, 2, 3].map((number) => publisher.publish('com.example.topic', [number])));
    expect(await heardAll(sql, 2)).to.deep.equal([1, 3]);
    const { rows: failed } = await sql.query('SELECT args, error FROM crossbar.failed_event');
    expect(failed).to.deep.equal([{ args: [2], error: 'wamp.error.timeout' }]);
  });
});
