import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import { parseConfiguration } from '@pgwamp/config';
import { Lost, Refused } from '@pgwamp/core';
import {
  type Broker,
  type BrokerName,
  describeWithBroker,
  startAedes,
  startElasticMq,
  startKafka,
  startMosquitto,
  startMoto,
  startNats,
  startRabbitMq,
  startRedis,
  startWebhookReceiver,
} from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { Admin } from '@platformatic/kafka';
import { connect as connectAmqp } from 'amqplib';
import { expect } from 'chai';
import type { OpenSink, OutgoingMessage } from '../../src/sinks/sink.ts';
import { openSink, type SinkOptions, sinkOptions } from '../../src/sinks/sink-options.ts';
import { keptLog } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

const texts = {
  NUL: 'a\0b',
  lines: 'a\r\nB: c',
  'no Latin': 'ü€𝄞',
  'half a surrogate': 'a\ud800b',
  'much text': 'x'.repeat(70_000),
};
/** Headers that brokers or their protocols know themselves. */
const reserved = [
  'id',
  'key',
  'content-type',
  'content-length',
  'host',
  'transfer-encoding',
  'connection',
  'webhook-id',
];

/** Texts that data may put into the fields of a message, through templates and functions. */
function hostileFields(): [string, Partial<OutgoingMessage>][] {
  const fields = Object.entries(texts).flatMap(([name, text]): [string, Partial<OutgoingMessage>][] => [
    [`${name} in the key`, { key: text }],
    [`${name} in the value of a header`, { headers: { tenant: text } }],
    [`${name} in the name of a header`, { headers: { [text]: 'value' } }],
    [`${name} in the content type`, { contentType: text }],
    [`${name} in the payload`, { payload: text, contentType: 'text/plain' }],
  ]);
  return [
    ...fields,
    ['a header without a name', { headers: { '': 'value' } }],
    ['reserved headers', { headers: Object.fromEntries(reserved.map((name) => [name, 'x'])) }],
    ['no payload', { payload: '', contentType: 'text/plain' }],
    ['bytes', { payload: Buffer.from([0, 255, 10]), contentType: 'application/octet-stream' }],
  ];
}

interface Target {
  readonly broker?: BrokerName;
  start(): Promise<Pick<Broker, 'port'> & AsyncDisposable>;
  prepare?(port: number): Promise<unknown>;
  options(port: number): object;
  destination?(port: number): string;
}

const region = 'eu-central-1';
const aws = (port: number) => ({
  region,
  endpoint: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
});
const awsSink = (port: number) => ({
  region,
  endpoint: `http://127.0.0.1:${port}`,
  credentials: { access_key_id: 'x', secret_access_key: 'x' },
});

const targets: Readonly<Record<string, Target>> = {
  wamp: {
    async start() {
      const router = createRouter({ realms: ['realm1'] });
      const { port = 0 } = await router.listen({ port: 0 });
      return { port, [Symbol.asyncDispose]: () => router.close() };
    },
    options: (port) => ({
      kind: 'wamp',
      realm: 'realm1',
      transport: { type: 'websocket', url: `ws://127.0.0.1:${port}/ws` },
    }),
    destination: () => 'com.example.orders',
  },
  webhook: {
    start: () => startWebhookReceiver(),
    options: (port) => ({ kind: 'webhook', url: `http://127.0.0.1:${port}` }),
  },
  'mqtt 3.1.1': {
    start: () => startAedes(),
    options: (port) => ({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${port}` }),
  },
  'mqtt 5': {
    broker: 'mosquitto',
    start: () => startMosquitto(),
    options: (port) => ({ kind: 'mqtt', version: '5', uri: `mqtt://127.0.0.1:${port}`, confirm_timeout: 2000 }),
  },
  redis: {
    broker: 'Redis',
    start: () => startRedis(),
    options: (port) => ({ kind: 'redis', uri: `redis://127.0.0.1:${port}` }),
  },
  nats: {
    broker: 'NATS',
    start: () => startNats(),
    async prepare(port) {
      const connection = await connectNats({ servers: `127.0.0.1:${port}` });
      await (await jetstreamManager(connection)).streams.add({ name: 'orders', subjects: ['orders'] });
      await connection.close();
    },
    options: (port) => ({ kind: 'nats', uri: `nats://127.0.0.1:${port}` }),
  },
  'redis, pub/sub': {
    broker: 'Redis',
    start: () => startRedis(),
    options: (port) => ({ kind: 'redis', uri: `redis://127.0.0.1:${port}`, destination: 'channel' }),
  },
  'nats without JetStream': {
    broker: 'NATS',
    start: () => startNats(),
    options: (port) => ({ kind: 'nats', uri: `nats://127.0.0.1:${port}`, jetstream: false }),
  },
  amqp: {
    broker: 'RabbitMQ',
    start: () => startRabbitMq(),
    async prepare(port) {
      const model = await connectAmqp(`amqp://guest:guest@127.0.0.1:${port}`);
      await (await model.createChannel()).assertQueue('orders');
      await model.close();
    },
    options: (port) => ({ kind: 'amqp', uri: `amqp://guest:guest@127.0.0.1:${port}`, destination: 'queue' }),
  },
  kafka: {
    broker: 'Kafka',
    start: () => startKafka(),
    async prepare(port) {
      const admin = new Admin({ clientId: 'tests', bootstrapBrokers: [`127.0.0.1:${port}`], retries: 40 });
      await admin.createTopics({ topics: ['orders'], partitions: 1, replicas: 1 });
      await admin.close();
    },
    options: (port) => ({ kind: 'kafka', brokers: [`127.0.0.1:${port}`], connect_timeout: 30_000 }),
  },
  sqs: {
    broker: 'ElasticMQ',
    start: () => startElasticMq(),
    async prepare(port) {
      const client = new SQSClient(aws(port));
      await client.send(new CreateQueueCommand({ QueueName: 'orders' }));
      client.destroy();
    },
    options: (port) => ({ kind: 'sqs', ...awsSink(port) }),
    destination: (port) => `http://127.0.0.1:${port}/000000000000/orders`,
  },
  sns: {
    broker: 'moto',
    start: () => startMoto(),
    async prepare(port) {
      const client = new SNSClient(aws(port));
      await client.send(new CreateTopicCommand({ Name: 'orders' }));
      client.destroy();
    },
    options: (port) => ({ kind: 'sns', ...awsSink(port) }),
    destination: () => `arn:aws:sns:${region}:123456789012:orders`,
  },
};

/** A sink that is opened again when it is lost. */
class Reopened implements AsyncDisposable {
  readonly #open: () => Promise<OpenSink>;
  #sink: OpenSink | undefined;

  constructor(options: object) {
    const parsed = parseConfiguration(sinkOptions, options) as SinkOptions;
    this.#open = () => openSink(parsed, { name: 'broker', log: keptLog().log });
  }

  async send(message: OutgoingMessage): Promise<unknown> {
    if (this.#sink?.lost.aborted) await this[Symbol.asyncDispose]();
    this.#sink ??= await this.#open();
    return this.#sink.send(message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink?.[Symbol.asyncDispose]();
    this.#sink = undefined;
  }
}

/** Connections that may end over a message until it is blamed. */
const patience = 5;

/** Fails unless the sink has the message, refuses it, or blames it for the end of its connections: else it would come again for ever. */
async function settle(sink: Reopened, message: OutgoingMessage): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sink.send(message);
      return;
    } catch (error) {
      if (error instanceof Refused || (error instanceof Lost && error.blamesMessage)) return;
      if (!(error instanceof Lost) || tries === patience) throw error;
    }
  }
}

for (const [name, { broker, start, prepare, options, destination = () => 'orders' }] of Object.entries(targets)) {
  const tests = function (this: Mocha.Suite) {
    this.timeout(120_000);

    it('settles messages with characters that the broker does not accept, and delivers later ones', async () => {
      await using running = await start();
      const { port } = running;
      await prepare?.(port);
      await using sink = new Reopened(options(port));
      for (const [what, fields] of hostileFields()) {
        await settle(sink, outgoing(destination(port), fields)).catch((error: Error) =>
          expect.fail(`${what}: ${error.message}`),
        );
      }
      await sink.send(outgoing(destination(port))).catch(() => sink.send(outgoing(destination(port))));
    });
  };
  if (broker) await describeWithBroker(broker, `Sink ${name}: unusual fields`, tests);
  else describe(`Sink ${name}: unusual fields`, tests);
}
