import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import {
  type Broker,
  freePort,
  startAedes,
  startElasticMq,
  startKafka,
  startMoto,
  startNats,
  startRabbitMq,
  startRedis,
  startTcpProxy,
  startWebhookReceiver,
  type TcpProxy,
} from '@pgwamp/harness';
import { join } from '@pgwamp/harness/fixtures/join';
import { createRouter, MetaProcedure } from '@pgwamp/router';
import { Admin, Consumer, MessagesStreamModes, stringDeserializers } from '@platformatic/kafka';
import { createClient } from '@redis/client';
import { connect as connectAmqp } from 'amqplib';
import { connectAsync } from 'mqtt';

/** A broker behind a network that can be broken, and what it has taken. */
export interface BrokerStage extends AsyncDisposable {
  readonly proxy: TcpProxy;
  /** Of a sink that comes through the proxy. */
  readonly sink: object;
  readonly destination: string;
  /** Has the broker close the connections, if it can be told to. */
  hangUp?(): Promise<void>;
  /** The broker, if it keeps what it has confirmed when it is killed. */
  readonly durable: Broker | undefined;
  /** The payloads of all messages so far, in the order in which the broker has taken them. */
  payloads(): Promise<string[]>;
}

const confirmTimeout = { confirm_timeout: 2000, connect_timeout: 5000 };

/** With a queue, and for an exchange one that is bound to it. */
export async function rabbitStage(destination: 'queue' | 'exchange' = 'queue'): Promise<BrokerStage> {
  const broker = await startRabbitMq();
  const proxy = await startTcpProxy(broker);
  const model = await connectAmqp(broker.uri);
  const channel = await model.createChannel();
  await channel.assertQueue('orders');
  await channel.assertExchange('orders', 'topic');
  await channel.bindQueue('orders', 'orders', '#');
  await model.close();
  return {
    proxy,
    durable: broker,
    hangUp: () => broker.control('close_all_connections', 'the test'),
    destination: 'orders',
    sink: { kind: 'amqp', uri: `amqp://guest:guest@127.0.0.1:${proxy.port}`, destination, ...confirmTimeout },
    async payloads() {
      const reader = await connectAmqp(broker.uri);
      const payloads: string[] = [];
      const readingChannel = await reader.createChannel();
      const { messageCount } = await readingChannel.checkQueue('orders');
      for (let count = 0; count < messageCount; count += 1) {
        const message = await readingChannel.get('orders');
        if (message) payloads.push(String(message.content));
      }
      // Unacknowledged messages return to their former place.
      await reader.close();
      return payloads;
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

export async function mqttStage(): Promise<BrokerStage> {
  const broker = await startAedes();
  const proxy = await startTcpProxy(broker);
  const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
  const payloads: string[] = [];
  subscriber.on('message', (_, payload) => payloads.push(String(payload)));
  await subscriber.subscribeAsync('orders', { qos: 1 });
  return {
    proxy,
    durable: undefined,
    destination: 'orders',
    sink: { kind: 'mqtt', uri: `mqtt://127.0.0.1:${proxy.port}`, ...confirmTimeout },
    payloads: async () => [...payloads],
    async [Symbol.asyncDispose]() {
      await subscriber.endAsync(true);
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

export async function redisStage(): Promise<BrokerStage> {
  const broker = await startRedis();
  const proxy = await startTcpProxy(broker);
  return {
    proxy,
    durable: broker,
    destination: 'orders',
    sink: { kind: 'redis', uri: `redis://127.0.0.1:${proxy.port}`, ...confirmTimeout },
    async hangUp() {
      const client = await createClient({ url: `redis://127.0.0.1:${broker.port}` }).connect();
      await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
      client.destroy();
    },
    async payloads() {
      const reader = await createClient({ url: `redis://127.0.0.1:${broker.port}` }).connect();
      const entries = (await reader.xRange('orders', '-', '+')) ?? [];
      reader.destroy();
      return entries.map(({ message }) => String(message.payload));
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

export async function natsStage(): Promise<BrokerStage> {
  const broker = await startNats();
  const proxy = await startTcpProxy(broker);
  const connect = () => connectNats({ servers: `127.0.0.1:${broker.port}` });
  const connection = await connect();
  // Repeats are to be seen.
  const stream = { name: 'orders', subjects: ['orders'], duplicate_window: 100_000_000 };
  await (await jetstreamManager(connection)).streams.add(stream);
  await connection.close();
  return {
    proxy,
    durable: broker,
    destination: 'orders',
    sink: { kind: 'nats', uri: `nats://127.0.0.1:${proxy.port}`, ...confirmTimeout },
    async payloads() {
      const reader = await connect();
      const manager = await jetstreamManager(reader);
      const { state } = await manager.streams.info('orders');
      const payloads: string[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        payloads.push((await manager.streams.getMessage('orders', { seq }))?.string() ?? '');
      }
      await reader.close();
      return payloads;
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

export async function kafkaStage(): Promise<BrokerStage> {
  const broker = await startKafka();
  const options = {
    clientId: 'tests',
    bootstrapBrokers: [`127.0.0.1:${broker.port}`],
    retries: 40,
    retryDelay: 250,
  };
  const admin = new Admin(options);
  await admin.createTopics({ topics: ['orders'], partitions: 1, replicas: 1 });
  await admin.close();
  return {
    proxy: broker.proxy,
    durable: broker,
    destination: 'orders',
    sink: { kind: 'kafka', brokers: [`127.0.0.1:${broker.proxy.port}`], ...confirmTimeout, connect_timeout: 30_000 },
    async payloads() {
      const consumer = new Consumer({ ...options, groupId: `tests-${Date.now()}`, deserializers: stringDeserializers });
      const offsets = await consumer.listOffsets({ topics: ['orders'] });
      const end = Number(offsets.get('orders')?.[0] ?? 0n);
      const payloads: string[] = [];
      const mode = MessagesStreamModes.EARLIEST;
      const stream = await consumer.consume({ topics: ['orders'], mode, maxWaitTime: 100 });
      if (end > 0) {
        for await (const { value, offset } of stream) {
          payloads.push(value ?? '');
          if (Number(offset) >= end - 1) break;
        }
      }
      await stream.close();
      await consumer.close(true);
      return payloads;
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}

const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
const awsSink = { region: 'eu-central-1', credentials: { access_key_id: 'x', secret_access_key: 'x' } };

/** Takes what comes to a queue, one message after the other of each group, until disposed of. */
function takeAll(client: SQSClient, QueueUrl: string) {
  const payloads: string[] = [];
  const stop = new AbortController();
  const request = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 };
  const take = async () => {
    while (!stop.signal.aborted) {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(request), { abortSignal: stop.signal });
      if (Messages.length === 0) continue;
      payloads.push(...Messages.map(({ Body }) => Body ?? ''));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
  const taking = take().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    payloads,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await taking;
      client.destroy();
    },
  };
}

const fifo = { FifoQueue: 'true', ContentBasedDeduplication: 'false' };

/** With a FIFO queue, by its URL. */
export async function sqsStage(): Promise<BrokerStage> {
  const broker = await startElasticMq();
  const proxy = await startTcpProxy(broker);
  const endpoint = `http://127.0.0.1:${broker.port}`;
  const client = new SQSClient({ region: 'eu-central-1', endpoint, credentials });
  await client.send(new CreateQueueCommand({ QueueName: 'orders.fifo', Attributes: fifo }));
  const taken = takeAll(client, `${endpoint}/000000000000/orders.fifo`);
  return {
    proxy,
    durable: undefined,
    // The server names its own port, not that of the proxy.
    destination: `${endpoint}/000000000000/orders.fifo`,
    sink: { kind: 'sqs', endpoint: `http://127.0.0.1:${proxy.port}`, ...awsSink, ...confirmTimeout },
    payloads: async () => [...taken.payloads],
    async [Symbol.asyncDispose]() {
      await taken[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** With a FIFO topic that a FIFO queue has subscribed to. */
export async function snsStage(): Promise<BrokerStage> {
  const broker = await startMoto();
  const proxy = await startTcpProxy(broker);
  const configuration = { region: 'eu-central-1', endpoint: `http://127.0.0.1:${broker.port}`, credentials };
  const client = new SQSClient(configuration);
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'orders.fifo', Attributes: fifo }));
  const sns = new SNSClient(configuration);
  const topic = { Name: 'orders.fifo', Attributes: { FifoTopic: 'true', ContentBasedDeduplication: 'false' } };
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand(topic));
  const Endpoint = 'arn:aws:sqs:eu-central-1:123456789012:orders.fifo';
  const Attributes = { RawMessageDelivery: 'true' };
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
  sns.destroy();
  const taken = takeAll(client, QueueUrl);
  return {
    proxy,
    durable: undefined,
    destination: TopicArn,
    // It answers slowly on a busy machine.
    sink: {
      kind: 'sns',
      endpoint: `http://127.0.0.1:${proxy.port}`,
      ...awsSink,
      ...confirmTimeout,
      confirm_timeout: 8000,
    },
    payloads: async () => [...taken.payloads],
    async [Symbol.asyncDispose]() {
      await taken[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}

export async function webhookStage(): Promise<BrokerStage> {
  const receiver = await startWebhookReceiver();
  const proxy = await startTcpProxy(receiver);
  const restart = { host: receiver.host, port: receiver.port, kill: receiver.stop };
  return {
    proxy,
    durable: { ...restart, stop: receiver.stop, start: receiver.start, [Symbol.asyncDispose]: receiver.stop },
    destination: 'orders',
    sink: { kind: 'webhook', url: `http://127.0.0.1:${proxy.port}`, request_timeout: 2000, connect_timeout: 5000 },
    payloads: async () => receiver.requests.map(({ body }) => String(body)),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** A realm with one subscriber, in the process of the router: what that has acknowledged, the subscriber has been sent. */
export async function wampStage(): Promise<BrokerStage> {
  const payloads: string[] = [];
  const endpoint = { host: '127.0.0.1', port: await freePort() };
  const open = async () => {
    const router = createRouter({ realms: ['realm1'] });
    const subscriber = await join(router, { authrole: 'trusted' });
    await subscriber.subscribe('com.example.orders', ([payload]) => void payloads.push(JSON.stringify(payload)));
    await router.listen(endpoint);
    return { router, subscriber };
  };
  let { router, subscriber } = await open();
  const proxy = await startTcpProxy(endpoint);
  const stop = () => router.close();
  const durable = {
    ...endpoint,
    stop,
    kill() {
      // Without GOODBYE.
      proxy.cut();
      return router.close();
    },
    async start() {
      ({ router, subscriber } = await open());
    },
    [Symbol.asyncDispose]: stop,
  };
  const options = { auto_ping_interval: 500, auto_ping_timeout: 1500, open_handshake_timeout: 5000 };
  return {
    proxy,
    durable,
    destination: 'com.example.orders',
    sink: {
      kind: 'wamp',
      realm: 'realm1',
      transport: { type: 'websocket', url: `ws://127.0.0.1:${proxy.port}/ws`, options },
    },
    async hangUp() {
      await subscriber.call(MetaProcedure.SESSION_KILL_ALL);
    },
    payloads: async () => [...payloads],
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await router.close();
    },
  };
}
