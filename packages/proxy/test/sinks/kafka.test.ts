import { Lost, Refused } from '@pgwamp/core';
import { describeWithBroker, type Kafka, startKafka, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { Admin, Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import { expect } from 'chai';
import { itIsLostWithItsBroker } from '../support/faults.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

await describeWithBroker('Kafka', 'Kafka sink', function () {
  this.timeout(120_000);
  let broker: Kafka;

  const options = (port = broker.port) => ({
    kind: 'kafka',
    brokers: [`127.0.0.1:${port}`],
    // A broker that has just started cannot name producers for a while.
    connect_timeout: 60_000,
  });

  before(async () => {
    broker = await startKafka();
  });
  after(() => broker[Symbol.asyncDispose]());

  async function declare(
    topic: string,
    partitions = 1,
    configs: { name: string; value: string }[] = [],
  ): Promise<void> {
    const admin = new Admin({ clientId: 'tests', bootstrapBrokers: options().brokers, retries: 20, retryDelay: 250 });
    try {
      const topics = await admin.listTopics();
      if (!topics.includes(topic)) await admin.createTopics({ topics: [topic], partitions, replicas: 1, configs });
    } finally {
      await admin.close();
    }
  }

  async function take(topic: string, count: number) {
    const consumer = new Consumer({
      clientId: 'tests',
      groupId: `tests-${topic}`,
      bootstrapBrokers: options().brokers,
      deserializers: stringDeserializers,
      retries: 20,
      retryDelay: 250,
    });
    const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, maxWaitTime: 100 });
    const messages = [];
    for await (const message of stream) {
      messages.push(message);
      if (messages.length === count) break;
    }
    await stream.close();
    await consumer.close(true);
    return messages;
  }

  it('produces records with key, id and headers, in the order of each key', async () => {
    await declare('orders', 4);
    await using sink = await openSink({ ...options(), batch_messages: 50 });
    const messages = Array.from({ length: 400 }, (_, index) =>
      outgoing('orders', { key: `k${index % 7}`, payload: String(index), headers: { tenant: 'a' } }),
    );
    await Promise.all(messages.map((message) => sink.send(message)));
    const received = await take('orders', 400);
    for (const key of ['k0', 'k6']) {
      const numbers = received.filter((message) => message.key === key).map(({ value }) => Number(value));
      expect(numbers).to.deep.equal(numbers.toSorted((one, other) => one - other));
    }
    const first = received.find(({ value }) => value === '0');
    expect(Object.fromEntries(first?.headers ?? [])).to.deep.equal({
      tenant: 'a',
      id: messages[0]?.id,
      'content-type': 'application/json',
    });
    expect(new Set(received.map(({ value }) => value)).size).to.equal(400);
  });

  it('refuses only a message that is too large', async () => {
    await declare('small', 1, [{ name: 'max.message.bytes', value: '20000' }]);
    await using sink = await openSink(options());
    const payloads = ['1', 'x'.repeat(50_000), '2'];
    const results = await Promise.allSettled(payloads.map((payload) => sink.send(outgoing('small', { payload }))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    const { reason } = results[1] as PromiseRejectedResult;
    expect(reason).to.be.instanceOf(Refused);
    expect(reason.kind).to.equal('too_large');
  });

  it('refuses a topic whose name Kafka does not allow', async () => {
    await declare('fine');
    await using sink = await openSink(options());
    expect(await rejection(sink.send(outgoing('not/a topic')))).to.be.instanceOf(Refused);
    await sink.send(outgoing('fine'));
  });

  it('waits for a missing topic, logs it, and keeps the order; other topics continue', async () => {
    await declare('there');
    const { log, lines } = keptLog();
    await using sink = await openSink(options(), log);
    const waiting = Promise.all(['1', '2', '3'].map((payload) => sink.send(outgoing('late', { payload }))));
    await sink.send(outgoing('there'));
    await waitFor(() => lines.find(({ msg }) => /topic .* late does not exist;/.test(msg)), { what: 'a log line' });
    await declare('late');
    await waiting;
    expect((await take('late', 3)).map(({ value }) => value)).to.deep.equal(['1', '2', '3']);
  });

  it('is lost when the broker does not answer within connect_timeout whether a topic exists', async () => {
    // After this, the broker can name producers.
    await (await openSink(options()))[Symbol.asyncDispose]();
    await using sink = await openSink({ ...options(broker.proxy.port), connect_timeout: 3000 });
    broker.proxy.swallow();
    try {
      const error = await rejection(sink.send(outgoing('silent')));
      expect(error).to.be.instanceOf(Lost);
      expect(error.message).to.equal('no answer within 3000 ms');
    } finally {
      broker.proxy.cut();
      await broker.proxy.resume();
    }
  });

  itIsLostWithItsBroker({
    broker: () => broker,
    options,
    async proxied() {
      await broker.proxy.resume();
      return broker.proxy;
    },
    destination: 'faults',
    prepare: () => declare('faults'),
  });
});
