import { database as databaseSchema } from '@pgwamp/config';
import {
  Connection,
  type Delivery,
  enactDelivery,
  ensureSlot,
  install,
  slotName,
} from '@pgwamp/core/internal/postgres';
import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { prepareStage, type Stage } from './support/stage.ts';

const topics = {
  sources: { topics: { kind: 'topic' as const, topics: ['com.example.*'] } },
  routes: [{ from: 'topics', to: 'broker' }],
};

/** Changes the delivery as a Publisher does, which creates the slots of all known realms. */
async function changeDelivery({ database }: Stage, delivery: Delivery): Promise<void> {
  await using connection = await Connection.open(databaseSchema.parse(database.options), 'publisher');
  const known = await connection
    .query<{ realm: string }>('SELECT realm FROM crossbar.realm')
    .catch((): { realm: string }[] => []);
  const slot = await slotName(connection, 'realm1');
  if (delivery === 'wal') {
    for (const { realm } of known) await ensureSlot(connection, await slotName(connection, realm));
  }
  await install(connection, { delivery }, () => enactDelivery(connection, delivery, 'realm1', slot));
}

describe('Proxy: sources', () => {
  it('delivers row changes, each to its destination', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start();
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'); UPDATE orders SET item = 'milk'; DELETE FROM orders`);
    await stage.broker.has(3);
    expect(stage.broker.messages.map(({ destination }) => destination)).to.deep.equal([
      'public.orders.insert',
      'public.orders.update',
      'public.orders.delete',
    ]);
    expect(stage.broker.messages.map(({ origin }) => origin.source)).to.deep.equal(['changes', 'changes', 'changes']);
    expect(stage.broker.messages[0]?.id).to.match(/^[\dA-F]+\/[\dA-F]+\/0$/);
  });

  it('delivers notifications of several channels, and separates keys from them', async () => {
    await using stage = await prepareStage();
    await using _proxy = await stage.start({
      sources: { notes: { kind: 'channel', channels: ['A b', 'c'], framing: 'key' } },
      routes: [{ from: 'notes', to: 'broker', destination: '{channel}' }],
    });
    await stage.run(`NOTIFY "A b", 'signup|A new user|x'; NOTIFY c, '{"a": "x|y"}'; NOTIFY c, '|z'; NOTIFY c`);
    await stage.broker.has(4);
    const { messages } = stage.broker;
    expect(messages.map(({ destination }) => destination)).to.deep.equal(['A b', 'c', 'c', 'c']);
    expect(stage.broker.texts()).to.deep.equal(['A new user|x', '{"a": "x|y"}', 'z', '']);
    expect(new Set(messages.map(({ id }) => id)).size).to.equal(4);
  });

  it('delivers rows of a message table, and deletes them', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE SCHEMA events; CREATE TABLE events.events (id serial, channel text, message text);
      GRANT USAGE ON SCHEMA events TO crossbar; GRANT ALL ON events.events TO crossbar;
      INSERT INTO events.events (channel, message) VALUES ('a', 'k|one'), ('b', 'two')`);
    await using _proxy = await stage.start({
      sources: { kept: { kind: 'durable', framing: 'key', channels: ['a', 'c'] } },
      routes: [{ from: 'kept', to: 'broker' }],
    });
    await stage.run(`INSERT INTO events.events (channel, message) VALUES ('c', '{"a": 1}')`);
    await stage.broker.has(2);
    expect(stage.broker.messages.map(({ id, key }) => [id, key])).to.deep.equal([
      ['events.events/1', 'k'],
      ['events.events/3', ''],
    ]);
    const left = async () => (await stage.run('SELECT channel FROM events.events')).map(({ channel }) => channel);
    await waitFor(async () => (await left()).join() === 'b', { what: 'the rows to be deleted' });
  });

  for (const delivery of ['wal', 'outbox']) {
    it(`delivers publications of crossbar.publish, by delivery ${delivery}`, async () => {
      await using stage = await prepareStage();
      await stage.run(`INSERT INTO crossbar._delivery (mode) VALUES ('${delivery}')`);
      await using _proxy = await stage.start({
        sources: { topics: { kind: 'topic', topics: ['com.example.*'] } },
        routes: [{ from: 'topics', to: 'broker' }],
      });
      const content = `E'com.example.foreign\\n\\n[1\\n'`;
      await stage.run(
        delivery === 'wal'
          ? `SELECT pg_logical_emit_message(true, 'crossbar', ${content})`
          : `SELECT crossbar._add_to_outbox(${content})`,
      );
      await stage.run(`SELECT crossbar.publish('com.example.orders', '[1, 12345678901234567890.10]', '{"a": "x"}')`);
      await stage.run(`SELECT crossbar.publish('com.other', '[2]'); SELECT crossbar.publish('com.example.deep.er')`);
      await stage.broker.has(2);
      expect(stage.broker.messages.map(({ destination }) => destination)).to.deep.equal([
        'com.example.orders',
        'com.example.deep.er',
      ]);
      expect(stage.broker.texts()[0]).to.match(/12345678901234567890\.10/);
      const parked = () => stage.run('SELECT error FROM crossbar.parked_message');
      await waitFor(async () => (await parked()).length > 0, { what: 'a parked message' });
      expect((await parked()).map(({ error }) => error)).to.deep.equal([
        'not a publication of crossbar.publish: args is no JSON array, or too deep',
      ]);
    });
  }

  it('delivers publications of before a change of the delivery to outbox, after a restart', async () => {
    await using stage = await prepareStage();
    await changeDelivery(stage, 'wal');
    await (await stage.start(topics)).stop();
    await stage.run(`SELECT crossbar.publish('com.example.first')`);
    await changeDelivery(stage, 'outbox');
    await stage.run(`SELECT crossbar.publish('com.example.second')`);
    await using _proxy = await stage.start(topics);
    await stage.broker.has(2);
    const places = () => stage.broker.messages.map(({ destination }) => destination);
    expect(places()).to.have.members(['com.example.first', 'com.example.second']);
    await stage.run(`SELECT crossbar.publish('com.example.third')`);
    await stage.broker.has(3);
    expect(places()[2]).to.equal('com.example.third');
  });

  it('delivers publications of after a change of the delivery to wal, without a restart', async () => {
    await using stage = await prepareStage();
    await changeDelivery(stage, 'outbox');
    await using proxy = await stage.start(topics);
    await stage.run(`SELECT crossbar.publish('com.example.first')`);
    await stage.broker.has(1);
    await changeDelivery(stage, 'wal');
    await stage.run(`SELECT crossbar.publish('com.example.second')`);
    await stage.broker.has(2);
    expect(proxy.status().database?.slot).to.match(/_proxy_/);
  });

  it('delivers only the configured tables, actions and columns, and the begin and commit of transactions', async () => {
    await using stage = await prepareStage();
    await stage.run(`CREATE TABLE people (id int PRIMARY KEY); ALTER PUBLICATION pgwamp_proxy ADD TABLE people`);
    await using _proxy = await stage.start({
      sources: {
        some: { kind: 'wal', tables: ['*.orders'], actions: ['insert'], exclude_columns: ['sec*'] },
        all: { kind: 'wal', transactions: true },
      },
      routes: [
        { from: 'some', to: 'broker', destination: 'some' },
        { from: 'all', to: 'broker', destination: 'all', format: 'wal2json' },
      ],
    });
    await stage.run(`INSERT INTO people VALUES (1); INSERT INTO orders VALUES (1, 'tea', 'x'); DELETE FROM orders`);
    const texts = (name: string) =>
      stage.broker.messages.flatMap(({ destination, payload }) =>
        destination === name ? [JSON.parse(String(payload))] : [],
      );
    // PostgreSQL 14 sends the borders of transactions without a change as well.
    const actions = () => texts('all').map(({ action }) => action);
    await waitFor(() => actions().join('').endsWith('DC'), { what: 'the end of the transaction' });
    expect(actions().join('').replaceAll('BC', '')).to.equal('BIIDC');
    expect(texts('some').map(({ row }) => row)).to.deep.equal([{ id: 1, item: 'tea' }]);
  });
});
