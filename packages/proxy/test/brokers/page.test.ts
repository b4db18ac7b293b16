import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  type BrokerName,
  describeWithBroker,
  repositoryRoot,
  startElasticMq,
  startMosquitto,
  waitFor,
} from '@pgwamp/harness';
import { expect } from 'chai';
import { connectAsync } from 'mqtt';
import { parse } from 'yaml';
import { type BrokerStage, kafkaStage, natsStage, rabbitStage, redisStage } from '../support/broker-stages.ts';
import { prepareStage } from '../support/stage.ts';

const folder = join(repositoryRoot, 'docs');
const page = readFileSync(join(folder, 'brokers.md'), 'utf8');

/** The brokers of docs/brokers.md: the heading, the name of the compose file and of its service, and the port there. */
interface Entry {
  readonly heading: string;
  readonly compose: string;
  readonly service: string;
  readonly port: number;
  readonly broker: BrokerName;
  open(): Promise<Running>;
}

/** A broker with the destination of the page, and the payloads that it has received there. */
interface Running extends Pick<BrokerStage, 'payloads'>, AsyncDisposable {
  readonly port: number;
}

/** Opens a broker in its usual way. */
function opens(open: () => Promise<BrokerStage>): () => Promise<Running> {
  return async () => {
    const stage = await open();
    return {
      port: stage.proxy.port,
      payloads: () => stage.payloads(),
      [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    };
  };
}

/** A broker of MQTT 5. */
async function openMosquitto(): Promise<Running> {
  const broker = await startMosquitto();
  const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
  const payloads: string[] = [];
  subscriber.on('message', (_, payload) => payloads.push(String(payload)));
  await subscriber.subscribeAsync('orders');
  return {
    port: broker.port,
    payloads: async () => payloads,
    async [Symbol.asyncDispose]() {
      await subscriber.endAsync(true);
      await broker[Symbol.asyncDispose]();
    },
  };
}

/** A queue that the sink finds by its name. */
async function openQueue(): Promise<Running> {
  const broker = await startElasticMq();
  const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
  const client = new SQSClient({ region: 'elasticmq', endpoint: `http://127.0.0.1:${broker.port}`, credentials });
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'orders' }));
  return {
    port: broker.port,
    async payloads() {
      const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      return Messages.map(({ Body }) => Body ?? '');
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await broker[Symbol.asyncDispose]();
    },
  };
}

const entries: readonly Entry[] = [
  {
    heading: 'RabbitMQ (AMQP 0.9.1)',
    compose: 'rabbitmq',
    service: 'rabbitmq',
    port: 5672,
    broker: 'RabbitMQ',
    open: opens(() => rabbitStage()),
  },
  {
    heading: 'mosquitto and other MQTT brokers',
    compose: 'mosquitto',
    service: 'mosquitto',
    port: 1883,
    broker: 'mosquitto',
    open: openMosquitto,
  },
  { heading: 'Redis', compose: 'redis', service: 'redis', port: 6379, broker: 'Redis', open: opens(redisStage) },
  { heading: 'NATS', compose: 'nats', service: 'nats', port: 4222, broker: 'NATS', open: opens(natsStage) },
  { heading: 'Kafka', compose: 'kafka', service: 'kafka', port: 9092, broker: 'Kafka', open: opens(kafkaStage) },
  {
    heading: 'Amazon SQS and SNS',
    compose: 'sqs',
    service: 'elasticmq',
    port: 9324,
    broker: 'ElasticMQ',
    open: openQueue,
  },
];

/** The code blocks of a language below a heading. */
function blocks(heading: string, language: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);
}

describe('docs/brokers.md', () => {
  for (const { heading, compose, service, port } of entries) {
    it(`starts what its commands need: ${compose}.compose.yaml`, () => {
      const { services } = parse(readFileSync(join(folder, 'brokers', `${compose}.compose.yaml`), 'utf8'));
      const { postgres, ...others } = services;
      expect(postgres).to.deep.include({ image: 'postgres:18', ports: ['127.0.0.1:5432:5432'] });
      expect(postgres.environment).to.deep.equal({ POSTGRES_PASSWORD: 'secret', POSTGRES_DB: 'shop' });
      expect(postgres.command).to.contain('wal_level=logical');
      expect(Object.keys(others)).to.deep.equal([service]);
      expect(others[service].image).to.match(/^[a-z/-]+:[\w.-]+$/);
      expect(others[service].ports).to.include(`127.0.0.1:${port}:${port}`);
      expect(blocks(heading, 'yaml').join()).to.contain(`127.0.0.1:${port}`);
      for (const [, name] of blocks(heading, 'shell')
        .join()
        .matchAll(/docker compose exec (\w+)/g))
        expect(name).to.equal(service);
    });
  }
});

for (const { heading, compose, port, broker, open } of entries) {
  const tests = function (this: Mocha.Suite) {
    this.timeout(120_000);

    it('delivers the order of the page with its configuration', async () => {
      await using at = await open();
      await using stage = await prepareStage();
      const [whole = ''] = blocks('Before you begin', 'yaml');
      const [sink = ''] = blocks(heading, 'yaml');
      const { extra } = parse(whole);
      const { broker: options } = parse(sink.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${at.port}`));
      await using _proxy = await stage.start({
        ...extra,
        database: stage.database.options,
        sinks: { broker: options },
      });
      const [insert = ''] = /INSERT INTO .*?\)/.exec(page) ?? [];
      await stage.run(insert);
      const [payload] = await waitFor(
        async () => {
          const payloads = await at.payloads();
          return payloads.length > 0 ? payloads : undefined;
        },
        { what: 'the order', deadline: 60_000 },
      );
      expect(JSON.parse(String(payload)).row).to.deep.include({ id: 1, item: 'tea' });
    });
  };
  await describeWithBroker(broker, `docs/brokers.md: ${compose}`, tests);
}
