import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import {
  type Broker,
  hasBroker,
  startKafka,
  startMosquitto,
  startNats,
  startRabbitMq,
  startRedis,
  startWebhookReceiver,
} from '@pgwamp/harness';
import { Admin } from '@platformatic/kafka';
import { connect as connectAmqp } from 'amqplib';

/** A broker to measure with, which is ready for messages to `orders`. */
export interface BenchBroker {
  readonly kind: string;
  readonly isInstalled: boolean;
  start(): Promise<Pick<Broker, 'port'> & AsyncDisposable>;
  /** Options of a sink. */
  sink(port: number): object;
}

export const benchBrokers: readonly BenchBroker[] = [
  {
    kind: 'amqp',
    isInstalled: hasBroker('RabbitMQ'),
    async start() {
      const broker = await startRabbitMq();
      const model = await connectAmqp(broker.uri);
      await (await model.createChannel()).assertQueue('orders');
      await model.close();
      return broker;
    },
    sink: (port) => ({ kind: 'amqp', uri: `amqp://guest:guest@127.0.0.1:${port}`, destination: 'queue' }),
  },
  {
    kind: 'mqtt',
    isInstalled: hasBroker('mosquitto'),
    start: () => startMosquitto(),
    sink: (port) => ({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${port}` }),
  },
  {
    kind: 'redis',
    isInstalled: hasBroker('Redis'),
    start: () => startRedis(),
    sink: (port) => ({ kind: 'redis', uri: `redis://127.0.0.1:${port}` }),
  },
  {
    kind: 'nats',
    isInstalled: hasBroker('NATS'),
    async start() {
      const broker = await startNats();
      const connection = await connectNats({ servers: `127.0.0.1:${broker.port}` });
      await (await jetstreamManager(connection)).streams.add({ name: 'orders', subjects: ['orders'] });
      await connection.close();
      return broker;
    },
    sink: (port) => ({ kind: 'nats', uri: `nats://127.0.0.1:${port}` }),
  },
  {
    kind: 'kafka',
    isInstalled: hasBroker('Kafka'),
    async start() {
      const broker = await startKafka();
      const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [`127.0.0.1:${broker.port}`], retries: 40 });
      await admin.createTopics({ topics: ['orders'], partitions: 1, replicas: 1 });
      await admin.close();
      return broker;
    },
    sink: (port) => ({ kind: 'kafka', brokers: [`127.0.0.1:${port}`], connect_timeout: 60_000 }),
  },
  {
    kind: 'webhook',
    isInstalled: true,
    start: () => startWebhookReceiver(),
    sink: (port) => ({ kind: 'webhook', url: `http://127.0.0.1:${port}` }),
  },
];
