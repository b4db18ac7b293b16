import { startAedes, waitFor } from '@pgwamp/harness';
import { errorOf } from '@pgwamp/harness/fixtures/sql-error';
import { expect } from 'chai';
import { keptLog } from './support/open-sink.ts';
import { RecordingBroker, refusal } from './support/recording-sink.ts';
import { prepareStage } from './support/stage.ts';

describe('Proxy: parked messages', () => {
  it('are refused messages, with the error and the payload, and do not delay others', async () => {
    await using stage = await prepareStage();
    stage.broker.judge = ({ payload }) => (String(payload).includes('poison') ? refusal() : undefined);
    await using proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'), (2, 'poison'), (3, 'milk')`);
    await stage.broker.has(2);
    await waitFor(() => proxy.status().sinks.broker?.parked === 1, { what: 'a parked message' });
    const [parked] = await stage.run(
      `SELECT proxy, sink, source, destination, state, error, convert_from(payload, 'UTF8')::json->'row' AS payload FROM crossbar.parked_message`,
    );
    expect(parked).to.deep.equal({
      proxy: 'proxy',
      sink: 'broker',
      source: 'changes',
      destination: 'public.orders.insert',
      state: 'parked',
      error: 'no such exchange',
      payload: { id: 2, item: 'poison', secret: null },
    });
    expect(proxy.status().sinks.broker).to.include({ confirmed: 2, refused: 1, discarded: 0 });
  });

  it('are messages after which an MQTT 3.1.1 broker closes the connection again and again', async () => {
    await using broker = await startAedes({ mayPublish: (topic) => topic !== 'orders/update' });
    await using stage = await prepareStage();
    await using proxy = await stage.start({
      sinks: { broker: { kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}` } },
      routes: [{ from: 'changes', to: 'broker', destination: '{table}/{action}' }],
    });
    await stage.run(
      `INSERT INTO orders VALUES (1, 'tea'); UPDATE orders SET item = 'poison'; INSERT INTO orders VALUES (2, 'milk')`,
    );
    await waitFor(() => proxy.status().sinks.broker?.parked === 1, { what: 'a parked message', deadline: 60_000 });
    const [parked] = await stage.run('SELECT destination, error FROM crossbar.parked_message');
    expect(parked).to.include({ destination: 'orders/update' });
    expect(parked?.error).to.match(/^connection to mqtt:\S+ lost: /);
    await waitFor(() => (proxy.status().sinks.broker?.confirmed ?? 0) >= 2, { what: 'the other messages' });
  }).timeout(90_000);

  it('are sent again by crossbar.retry_parked, and deleted by crossbar.discard_parked', async () => {
    await using stage = await prepareStage();
    stage.broker.judge = ({ payload }) => (String(payload).includes('poison') ? refusal() : undefined);
    await using proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'poison'), (2, 'poison')`);
    await waitFor(() => proxy.status().sinks.broker?.parked === 2, { what: 'two parked messages' });
    await stage.run(`SELECT crossbar.discard_parked(min(id)) FROM crossbar.parked_message`);
    stage.broker.judge = () => undefined;
    await stage.run(`SELECT crossbar.retry_parked('proxy', 'broker')`);
    await stage.broker.has(1);
    expect(stage.broker.rows()).to.deep.equal([{ id: 2, item: 'poison', secret: null }]);
    const isEmpty = async () => (await stage.run('SELECT FROM crossbar.parked_message')).length === 0;
    await waitFor(isEmpty, { what: 'no parked message' });
  });

  it('are never sent if the Proxy could not make them: no empty or truncated message, and none past its function', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE SCHEMA events; CREATE TABLE events.events (id serial, channel text, message text);
      GRANT USAGE ON SCHEMA events TO crossbar; GRANT ALL ON events.events TO crossbar;
      CREATE FUNCTION fail(message jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
      ALTER FUNCTION fail OWNER TO crossbar`);
    const sources = { changes: { kind: 'wal' as const }, kept: { kind: 'durable' as const } };
    const routes = [
      { from: 'changes', to: 'broker', destination: '{row.item}' },
      { from: 'changes', to: 'broker', destination: 'failed', function: 'public.fail' },
      { from: 'kept', to: 'broker' },
    ];
    await using proxy = await stage.start({ sources, routes, max_message_size: 100_000 });
    await stage.run(`INSERT INTO orders VALUES (1, repeat('x', 1000000)), (2, NULL);
      INSERT INTO events.events (channel, message) VALUES ('large', repeat('y', 1000000))`);
    await waitFor(() => proxy.status().sinks.broker?.parked === 5, { what: 'five parked messages' });
    const states = await stage.run('SELECT DISTINCT state FROM crossbar.parked_message');
    expect(states).to.deep.equal([{ state: 'incomplete' }]);
    const error = await errorOf(stage.run('SELECT crossbar.retry_parked(min(id)) FROM crossbar.parked_message'));
    expect(error).to.include({ code: '55000' });
    expect(error.hint).to.match(/^Discard it with crossbar.discard_parked/);
    expect(await stage.run(`SELECT crossbar.retry_parked('proxy') AS count`)).to.deep.equal([{ count: '0' }]);
    expect(await stage.run(`SELECT crossbar.discard_parked('proxy') AS count`)).to.deep.equal([{ count: '5' }]);
    expect(stage.broker.messages).to.deep.equal([]);
  });

  it('of a removed sink are kept and logged, and sent when the sink is configured again', async () => {
    await using stage = await prepareStage();
    const former = new RecordingBroker();
    former.judge = () => refusal();
    {
      const sinks = { broker: stage.sink(), former: stage.sink(former) };
      const routes = ['broker', 'former'].map((to) => ({ from: 'changes', to, destination: 'orders' }));
      await using proxy = await stage.start({ sinks, routes });
      await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
      await waitFor(() => proxy.status().sinks.former?.parked === 1, { what: 'a parked message' });
      await stage.broker.has(1);
    }
    {
      const { log, lines } = keptLog();
      await using _without = await stage.start({}, log);
      expect(lines.map(({ msg }) => msg)).to.satisfy((texts: string[]) =>
        texts.some((text) =>
          /sink former is no longer configured, but has 1 parked messages.*discard_parked\('proxy', 'former'\)/.test(
            text,
          ),
        ),
      );
      await stage.run(`INSERT INTO orders VALUES (2, 'milk')`);
      await stage.broker.has(2);
    }
    former.judge = () => undefined;
    const sinks = { former: stage.sink(former) };
    await using _again = await stage.start({
      sinks,
      routes: [{ from: 'changes', to: 'former', destination: 'orders' }],
    });
    await stage.run(`SELECT crossbar.retry_parked('proxy', 'former')`);
    await former.has(1);
    expect(former.rows()).to.deep.include({ id: 1, item: 'tea', secret: null });
  });
});
