import { Lost, Refused } from '@pgwamp/core';
import { describeWithBroker, type RabbitMq, startRabbitMq, startTcpProxy, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { type ChannelModel, connect, type GetMessage } from 'amqplib';
import { expect } from 'chai';
import { BrokerRefusedError } from '../../src/errors.ts';
import { itIsLostWithItsBroker } from '../support/faults.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

await describeWithBroker('RabbitMQ', 'AMQP sink', function () {
  this.timeout(120_000);
  let broker: RabbitMq;

  const options = (port: number) => ({ kind: 'amqp', uri: `amqp://guest:guest@127.0.0.1:${port}`, heartbeat: 1 });
  const toBroker = (others: object = {}) => ({ ...options(broker.port), ...others });

  before(async () => {
    broker = await startRabbitMq(['max_message_size = 100000']);
  });
  after(async () => {
    await broker[Symbol.asyncDispose]();
  });

  /** A topic exchange with a queue that takes everything below `orders`. */
  async function declare(exchange: string, queue: string, queueOptions: object = {}): Promise<void> {
    await administer(async (model) => {
      const channel = await model.createChannel();
      await channel.assertExchange(exchange, 'topic');
      await channel.assertQueue(queue, queueOptions);
      await channel.bindQueue(queue, exchange, 'orders.#');
    });
  }

  async function administer<Result>(work: (model: ChannelModel) => Promise<Result>): Promise<Result> {
    const model = await connect(broker.uri);
    try {
      return await work(model);
    } finally {
      await model.close();
    }
  }

  function take(queue: string): Promise<GetMessage[]> {
    return administer(async (model) => {
      const channel = await model.createChannel();
      const messages: GetMessage[] = [];
      for (let message = await channel.get(queue, { noAck: true }); message; ) {
        messages.push(message);
        message = await channel.get(queue, { noAck: true });
      }
      return messages;
    });
  }

  it('publishes to an exchange with id, key, headers and properties', async () => {
    await declare('shop', 'all');
    await using sink = await openSink(toBroker());
    const message = outgoing('shop', { key: 'orders.new', headers: { tenant: 'a' }, contentType: 'text/plain' });
    await sink.send(message);
    const [received] = await take('all');
    expect(String(received?.content)).to.equal(message.payload);
    expect(received?.fields).to.include({ exchange: 'shop', routingKey: 'orders.new' });
    expect(received?.properties).to.deep.include({
      messageId: message.id,
      contentType: 'text/plain',
      deliveryMode: 2,
      headers: { tenant: 'a' },
    });
  });

  it('sends to a queue, and with destination "either" to an exchange or a queue', async () => {
    await declare('either-exchange', 'either-bound');
    await administer(async (model) => (await model.createChannel()).assertQueue('either-queue'));
    await using sink = await openSink(toBroker({ destination: 'either', delivery_mode: 1 }));
    await sink.send(outgoing('either-exchange', { key: 'orders.x', payload: '1' }));
    await sink.send(outgoing('either-queue', { key: 'ignored', payload: Buffer.from([2, 0, 255]) }));
    expect((await take('either-bound')).map(({ content }) => String(content))).to.deep.equal(['1']);
    const [raw] = await take('either-queue');
    expect(raw?.content).to.deep.equal(Buffer.from([2, 0, 255]));
    expect(raw?.properties.deliveryMode).to.equal(1);
  });

  it('refuses only a message that reaches no queue', async () => {
    await declare('routed', 'routed-queue');
    await using sink = await openSink(toBroker());
    const keys = ['orders.1', 'nowhere', 'orders.2', 'nowhere'];
    const results = await Promise.allSettled(keys.map((key) => sink.send(outgoing('routed', { key }))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    const { reason } = results[1] as PromiseRejectedResult;
    expect(reason).to.be.instanceOf(Refused);
    expect(reason.message).to.contain('NO_ROUTE');
    expect(await take('routed-queue')).to.have.length(2);
    await using careless = await openSink(toBroker({ mandatory: false }));
    await careless.send(outgoing('routed', { key: 'nowhere' }));
  });

  it('refuses a key longer than AMQP allows, and headers larger than a frame', async () => {
    await declare('limits', 'limits-queue');
    await using sink = await openSink(toBroker());
    const long = await rejection(sink.send(outgoing('limits', { key: 'k'.repeat(256) })));
    expect(long).to.be.instanceOf(Refused);
    expect(long.message).to.contain('255 bytes');
    const wide = await rejection(sink.send(outgoing('limits', { key: 'orders', headers: { x: 'y'.repeat(70_000) } })));
    expect(wide).to.be.instanceOf(Refused);
    await sink.send(outgoing('limits', { key: 'orders' }));
  });

  it("blames a message that exceeds the broker's limit, since the broker closes the channel", async () => {
    await declare('large', 'large-queue');
    await using sink = await openSink(toBroker());
    const error = await rejection(sink.send(outgoing('large', { key: 'orders', payload: 'x'.repeat(200_000) })));
    expect(error).to.be.instanceOf(Lost);
    expect((error as Lost).blamesMessage).to.equal(true);
  });

  it('waits for a missing queue, logs it, and keeps the order; other queues continue', async () => {
    await administer(async (model) => (await model.createChannel()).assertQueue('there'));
    const { log, lines } = keptLog();
    await using sink = await openSink(toBroker({ destination: 'queue' }), log);
    const waiting = Promise.all(['1', '2', '3'].map((payload) => sink.send(outgoing('late', { payload }))));
    await sink.send(outgoing('there'));
    await waitFor(() => lines.find(({ msg }) => msg.includes('queue late does not exist;')), { what: 'a log line' });
    await administer(async (model) => (await model.createChannel()).assertQueue('late'));
    await waiting;
    expect((await take('late')).map(({ content }) => String(content))).to.deep.equal(['1', '2', '3']);
    expect(lines.some(({ msg }) => msg === 'queue late has appeared')).to.equal(true);
  });

  it('waits for a missing exchange', async () => {
    const { log, lines } = keptLog();
    await using sink = await openSink(toBroker({ mandatory: false }), log);
    const waiting = sink.send(outgoing('later'));
    await waitFor(() => lines.find(({ msg }) => msg.includes('exchange later does not exist;')), {
      what: 'a log line',
    });
    await administer(async (model) => (await model.createChannel()).assertExchange('later', 'topic'));
    await waiting;
  });

  it('is lost when an exchange is deleted, without blaming the message', async () => {
    await declare('passing', 'passing-queue');
    await using sink = await openSink(toBroker());
    await sink.send(outgoing('passing', { key: 'orders' }));
    await administer(async (model) => (await model.createChannel()).deleteExchange('passing'));
    const error = await rejection(sink.send(outgoing('passing', { key: 'orders' })));
    expect(error).to.be.instanceOf(Lost);
    expect((error as Lost).blamesMessage).to.equal(false);
  });

  it('is lost after a nack of a full queue, without blaming the message', async () => {
    await declare('full', 'full-queue', { maxLength: 1, overflow: 'reject-publish' });
    await using sink = await openSink(toBroker());
    await sink.send(outgoing('full', { key: 'orders' }));
    const error = await rejection(sink.send(outgoing('full', { key: 'orders' })));
    expect(error).to.be.instanceOf(Lost);
    expect((error as Lost).blamesMessage).to.equal(false);
  });

  it('refuses to open with wrong credentials or a missing virtual host', async () => {
    const wrong = await rejection(openSink(toBroker({ uri: `amqp://guest:wrong@127.0.0.1:${broker.port}` })));
    expect(wrong).to.be.instanceOf(BrokerRefusedError);
    expect((wrong as BrokerRefusedError).permanent).to.equal(true);
    expect(wrong.message).not.to.contain('guest:wrong');
    const missing = await rejection(openSink(toBroker({ uri: `${broker.uri}/nothing` })));
    expect(missing, missing.message).to.be.instanceOf(BrokerRefusedError);
  });

  it('waits while an alarm of the broker blocks it, and is not lost', async () => {
    await declare('blocked', 'blocked-queue');
    const { log, lines } = keptLog();
    await using sink = await openSink(toBroker({ confirm_timeout: 2000 }), log);
    await broker.control('set_vm_memory_high_watermark', '0');
    const sending = sink.send(outgoing('blocked', { key: 'orders' }));
    await waitFor(() => lines.find(({ msg }) => msg.includes('takes no messages for now')), { what: 'the alarm' });
    await broker.control('set_vm_memory_high_watermark', '0.4');
    await sending;
    expect(sink.lost.aborted).to.equal(false);
    expect(lines.some(({ msg }) => msg.includes('takes messages again'))).to.equal(true);
  });

  it('is lost when the server closes the connection', async () => {
    await declare('closed', 'closed-queue');
    await using sink = await openSink(toBroker());
    await sink.send(outgoing('closed', { key: 'orders' }));
    await broker.control('close_all_connections', 'maintenance');
    await waitFor(() => sink.lost.aborted, { what: 'the loss' });
    expect(sink.lost.reason).to.be.instanceOf(Lost);
  });

  it('detects a silent broker by heartbeats while it is idle', async () => {
    await using proxy = await startTcpProxy(broker);
    await using sink = await openSink(options(proxy.port));
    proxy.swallow();
    await waitFor(() => sink.lost.aborted, { what: 'the loss', deadline: 20_000 });
  });

  itIsLostWithItsBroker({
    broker: () => broker,
    options: (port) => ({ ...options(port), destination: 'queue' }),
    destination: 'faults',
    prepare: () => administer(async (model) => void (await (await model.createChannel()).assertQueue('faults'))),
  });
});
