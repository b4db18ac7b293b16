import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Lost, Refused } from '@pgwamp/core';
import { type Broker, describeWithBroker, startNats, startTcpProxy, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { BrokerRefusedError } from '../../src/errors.ts';
import { itIsLostWithItsBroker } from '../support/faults.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';
import { prepareStage } from '../support/stage.ts';

await describeWithBroker('NATS', 'NATS sink', function () {
  this.timeout(60_000);
  let broker: Broker;

  const options = (port = broker.port) => ({ kind: 'nats', uri: `nats://user:secret@127.0.0.1:${port}` });

  before(async () => {
    broker = await startNats('--user', 'user', '--pass', 'secret');
  });
  after(() => broker[Symbol.asyncDispose]());

  async function administer() {
    const connection = await connect({ servers: `127.0.0.1:${broker.port}`, user: 'user', pass: 'secret' });
    const manager = await jetstreamManager(connection);
    return { connection, manager, [Symbol.asyncDispose]: () => connection.close() };
  }

  async function declare(name: string, others: object = {}): Promise<void> {
    await using admin = await administer();
    // Nothing happens if there is the same one already.
    await admin.manager.streams.add({ name, subjects: [`${name}.>`], ...others });
  }

  it('publishes to a stream in order, with Nats-Msg-Id, by which the server drops repeats', async () => {
    await declare('orders');
    await using sink = await openSink(options());
    const messages = Array.from({ length: 300 }, () => outgoing('orders.new', { key: 'k', headers: { tenant: 'a' } }));
    const receipts = await Promise.all([...messages, ...messages.slice(0, 3)].map((message) => sink.send(message)));
    expect(receipts.slice(0, 300).map(({ id }) => id)).to.deep.equal(messages.map((_, index) => index + 1));
    await using admin = await administer();
    const { state } = await admin.manager.streams.info('orders');
    expect(state.messages).to.equal(300);
    const stored = await admin.manager.streams.getMessage('orders', { seq: 1 });
    expect(stored?.string()).to.equal(messages[0]?.payload);
    const headers = ['Nats-Msg-Id', 'Content-Type', 'Key', 'tenant'].map((name) => stored?.header.get(name));
    expect(headers).to.deep.equal([messages[0]?.id, 'application/json', 'k', 'a']);
  });

  it('stores every message that routes make of a change, although a stream drops repeats of an id', async () => {
    await declare('routed');
    await using stage = await prepareStage();
    const routes = ['a', 'a', 'b'].map((name) => ({ from: 'changes', to: 'broker', destination: `routed.${name}` }));
    await using proxy = await stage.start({ sinks: { broker: options() as never }, routes });
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await waitFor(() => proxy.status().sinks.broker?.confirmed === 3, { what: 'three confirmations' });
    await using admin = await administer();
    const { state } = await admin.manager.streams.info('routed');
    expect(state.messages).to.equal(3);
  });

  it('publishes to subscribers without JetStream', async () => {
    await using admin = await administer();
    const received: string[] = [];
    admin.connection.subscribe('plain.>', { callback: (_, message) => void received.push(message.string()) });
    await admin.connection.flush();
    await using sink = await openSink({ ...options(), jetstream: false });
    const payloads = Array.from({ length: 100 }, (_, index) => String(index));
    await Promise.all(payloads.map((payload) => sink.send(outgoing('plain.x', { payload }))));
    await waitFor(() => received.length === 100, { what: 'the messages' });
    expect(received).to.deep.equal(payloads);
  });

  it('counts a message without subscribers as delivered without JetStream', async () => {
    await using sink = await openSink({ ...options(), jetstream: false });
    await sink.send(outgoing('plain.silence'));
  });

  it('waits for a missing stream, logs it, and keeps the order; other streams continue', async () => {
    await declare('there');
    const { log, lines } = keptLog();
    await using sink = await openSink(options(), log);
    const waiting = Promise.all(['1', '2', '3'].map((payload) => sink.send(outgoing('late.x', { payload }))));
    await sink.send(outgoing('there.x'));
    await waitFor(() => lines.find(({ msg }) => msg.includes('subject late.x')), { what: 'a log line' });
    await declare('late');
    expect((await waiting).map(({ id }) => id)).to.deep.equal([1, 2, 3]);
  });

  it('is lost when a stream is deleted, without blaming the message', async () => {
    await declare('passing');
    await using sink = await openSink(options());
    await sink.send(outgoing('passing.x'));
    await using admin = await administer();
    await admin.manager.streams.delete('passing');
    const error = await rejection(sink.send(outgoing('passing.x')));
    expect(error).to.be.instanceOf(Lost);
    expect((error as Lost).blamesMessage).to.equal(false);
  });

  it('refuses only messages that are too large for the stream or the server', async () => {
    await declare('small', { max_msg_size: 1000 });
    await using sink = await openSink(options());
    for (const length of [2000, 2_000_000]) {
      const error = await rejection(sink.send(outgoing('small.x', { payload: 'x'.repeat(length) })));
      expect(error).to.be.instanceOf(Refused);
      expect((error as Refused).kind).to.equal('too_large');
    }
    await sink.send(outgoing('small.x'));
  });

  it('is lost while a stream is full', async () => {
    await declare('full', { max_msgs: 1, discard: 'new' });
    await using sink = await openSink(options());
    await sink.send(outgoing('full.x'));
    expect(await rejection(sink.send(outgoing('full.x')))).to.be.instanceOf(Lost);
  });

  it('refuses an invalid subject', async () => {
    await using sink = await openSink({ ...options(), jetstream: false });
    expect(await rejection(sink.send(outgoing('with blank')))).to.be.instanceOf(Refused);
    expect(await rejection(sink.send(outgoing('')))).to.be.instanceOf(Refused);
    await sink.send(outgoing('fine'));
  });

  it('refuses to open with wrong credentials', async () => {
    const uri = `nats://user:wrong@127.0.0.1:${broker.port}`;
    const error = await rejection(openSink({ kind: 'nats', uri }));
    expect(error, error.message).to.be.instanceOf(BrokerRefusedError);
  });

  it('is lost when the network carries nothing, without JetStream too', async () => {
    await using proxy = await startTcpProxy(broker);
    await using sink = await openSink({ ...options(proxy.port), jetstream: false, confirm_timeout: 300 });
    await sink.send(outgoing('plain'));
    proxy.swallow();
    expect(await rejection(sink.send(outgoing('plain')))).to.be.instanceOf(Lost);
  });

  itIsLostWithItsBroker({
    broker: () => broker,
    options,
    destination: 'faults.x',
    prepare: () => declare('faults'),
  });
});
