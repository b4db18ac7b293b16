import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Lost, Refused } from '@pgwamp/core';
import { type Broker, describeWithBroker, startElasticMq, startTcpProxy, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { BrokerUnreachableError } from '../../src/errors.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

const credentials = { access_key_id: 'x', secret_access_key: 'x' };

await describeWithBroker('ElasticMQ', 'SQS sink', function () {
  this.timeout(60_000);
  let broker: Broker;
  let client: SQSClient;

  const options = (port = broker.port) => ({
    kind: 'sqs',
    region: 'elasticmq',
    endpoint: `http://127.0.0.1:${port}`,
    credentials,
  });

  before(async () => {
    broker = await startElasticMq();
    client = new SQSClient({
      region: 'elasticmq',
      endpoint: `http://127.0.0.1:${broker.port}`,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
  });
  after(async () => {
    client.destroy();
    await broker[Symbol.asyncDispose]();
  });

  const urlOf = (queue: string) => `http://127.0.0.1:${broker.port}/000000000000/${queue}`;

  async function declare(QueueName: string): Promise<void> {
    const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'false' };
    const Attributes = QueueName.endsWith('.fifo') ? fifo : undefined;
    await client.send(new CreateQueueCommand({ QueueName, ...(Attributes && { Attributes }) }));
  }

  async function take(queue: string, count: number) {
    const messages = [];
    while (messages.length < count) {
      const request = {
        QueueUrl: urlOf(queue),
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 5,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All' as const],
      };
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(request));
      if (Messages.length === 0) break;
      messages.push(...Messages);
    }
    return messages;
  }

  it('sends in batches, with id, key, content type and headers', async () => {
    await declare('orders');
    await using sink = await openSink(options());
    const messages = Array.from({ length: 95 }, () => outgoing('orders', { key: 'k', headers: { tenant: 'a' } }));
    await Promise.all(messages.map((message) => sink.send(message)));
    const received = await take('orders', 95);
    const ids = received.map(({ MessageAttributes }) => MessageAttributes?.id?.StringValue);
    expect(ids).to.have.members(messages.map(({ id }) => id));
    const attributes = Object.entries(received[0]?.MessageAttributes ?? {});
    const values = Object.fromEntries(attributes.map(([name, { StringValue }]) => [name, StringValue]));
    expect(values).to.deep.include({ content_type: 'application/json', key: 'k', tenant: 'a' });
  });

  it('keeps the order of each key in a FIFO queue, which drops repeats', async () => {
    await declare('orders.fifo');
    await using sink = await openSink(options());
    const messages = Array.from({ length: 40 }, (_, index) =>
      outgoing('orders.fifo', { orderKey: `k${index % 2}`, payload: String(index) }),
    );
    await Promise.all(messages.map((message) => sink.send(message)));
    await sink.send(messages[7] ?? outgoing('orders.fifo'));
    // Of each group only so many are given out until they are deleted, so that order cannot be broken.
    const received = await take('orders.fifo', 40);
    for (const parity of [0, 1]) {
      const numbers = received.map(({ Body }) => Number(Body)).filter((number) => number % 2 === parity);
      expect(numbers).to.deep.equal(numbers.toSorted((one, other) => one - other));
    }
    expect(new Set(received.map(({ Body }) => Body)).size).to.equal(received.length);
  });

  it('refuses only a message that is too large', async () => {
    await declare('small');
    await using sink = await openSink(options());
    const payloads = ['1', 'x'.repeat(300_000), '2'];
    const results = await Promise.allSettled(payloads.map((payload) => sink.send(outgoing('small', { payload }))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).to.be.instanceOf(Refused);
  });

  it('refuses only a message with characters that SQS does not allow', async () => {
    await declare('characters');
    await using sink = await openSink(options());
    const payloads = ['1', 'a\u0001b', '2'];
    const results = await Promise.allSettled(payloads.map((payload) => sink.send(outgoing('characters', { payload }))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseRejectedResult).reason).to.be.instanceOf(Refused);
  });

  it('waits for a missing queue, and logs it; other queues continue', async () => {
    await declare('there');
    const { log, lines } = keptLog();
    await using sink = await openSink(options(), log);
    const waiting = sink.send(outgoing('late'));
    await sink.send(outgoing('there'));
    await waitFor(() => lines.find(({ msg }) => / late does not exist;/.test(msg)), { what: 'a log line' });
    await declare('late');
    await waiting;
    expect(await take('late', 1)).to.have.length(1);
  });

  it('is lost when the server does not answer, and delivers when it answers again', async () => {
    await declare('faults');
    await using proxy = await startTcpProxy(broker);
    {
      await using sink = await openSink({ ...options(proxy.port), confirm_timeout: 500 });
      await sink.send(outgoing('faults'));
      proxy.swallow();
      expect(await rejection(sink.send(outgoing('faults')))).to.be.instanceOf(Lost);
      const late = openSink({ ...options(proxy.port), connect_timeout: 300 });
      expect(await rejection(late)).to.be.instanceOf(BrokerUnreachableError);
    }
    proxy.cut();
    await proxy.resume();
    await using again = await openSink(options(proxy.port));
    await again.send(outgoing('faults'));
  });

  it('fails to open while the server is down', async () => {
    await using proxy = await startTcpProxy(broker);
    proxy.refuse();
    expect(await rejection(openSink(options(proxy.port)))).to.be.instanceOf(BrokerUnreachableError);
  });
});
