import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats } from '@nats-io/transport-node';
import {
  describeWithBroker,
  startAedes,
  startMoto,
  startNats,
  startRedis,
  startTcpProxy,
  startWebhookReceiver,
  waitFor,
} from '@pgwamp/harness';
import { createClient } from '@redis/client';
import { expect } from 'chai';
import { keptLog } from '../support/open-sink.ts';
import { prepareStage } from '../support/stage.ts';

/** A broker that takes the password of the sink, until told to take another one. */
interface Lock {
  readonly sink: object;
  /** The destination of messages; default: orders. */
  readonly destination?: string;
  /** The text of the refusal in the log. */
  readonly refusal?: RegExp;
  lock(): unknown;
  unlock(): unknown;
}

/** Fails unless a Proxy says that its password is wrong, and delivers all once it is right again. */
async function goesOn({
  sink,
  destination = 'orders',
  refusal = /refused the connection of sink broker.*Check the credentials/,
  ...its
}: Lock) {
  await using stage = await prepareStage();
  const { log, lines } = keptLog();
  const routes = [{ from: 'changes', to: 'broker', destination }];
  await using proxy = await stage.start({ sinks: { broker: sink as never }, routes }, log);
  const confirmed = (count: number) =>
    waitFor(() => proxy.status().sinks.broker?.confirmed === count, {
      what: `${count} confirmations`,
      deadline: 60_000,
    });
  await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
  await confirmed(1);
  await its.lock();
  await stage.run(`INSERT INTO orders VALUES (2, 'milk'), (3, 'salt')`);
  await waitFor(() => lines.some(({ msg }) => refusal.test(msg)), { what: `${refusal} in the log`, deadline: 60_000 });
  await its.unlock();
  await confirmed(3);
  expect(proxy.status().sinks.broker).to.include({ parked: 0, discarded: 0 });
}

const title = 'continues after a wrong password has been corrected, and logs the reason';
const timeout = 120_000;

describe('Proxy to MQTT or a webhook', function () {
  this.timeout(timeout);

  it(`${title}: MQTT`, async () => {
    let right = 'first';
    await using broker = await startAedes({ authenticate: (_, password) => password === right });
    await using network = await startTcpProxy(broker);
    await goesOn({
      sink: { kind: 'mqtt', uri: `mqtt://user:first@127.0.0.1:${network.port}` },
      lock() {
        right = 'second';
        network.cut();
      },
      unlock() {
        right = 'first';
      },
    });
  });

  it(`${title}: webhook`, async () => {
    await using receiver = await startWebhookReceiver();
    await goesOn({
      sink: { kind: 'webhook', url: receiver.url, headers: { authorization: 'Bearer first' } },
      refusal: /answers 401 who\?; trying again/,
      lock() {
        receiver.answer = () => ({ status: 401, body: 'who?' });
      },
      unlock() {
        receiver.answer = ({ headers }) => ({ status: headers.authorization === 'Bearer first' ? 204 : 401 });
      },
    });
  });
});

await describeWithBroker('Redis', 'Proxy to Redis', function () {
  this.timeout(timeout);

  it(title, async () => {
    await using broker = await startRedis();
    await using network = await startTcpProxy(broker);
    const other = await createClient({ url: `redis://127.0.0.1:${broker.port}` }).connect();
    try {
      await other.configSet('requirepass', 'first');
      await goesOn({
        sink: { kind: 'redis', uri: `redis://default:first@127.0.0.1:${network.port}` },
        async lock() {
          await other.configSet('requirepass', 'second');
          network.cut();
        },
        unlock: () => other.configSet('requirepass', 'first'),
      });
    } finally {
      other.destroy();
    }
  });
});

await describeWithBroker('NATS', 'Proxy to NATS', function () {
  this.timeout(timeout);

  it(title, async () => {
    await using broker = await startNats('--user', 'shop', '--pass', 'first');
    // A server reads its passwords when it starts.
    await using other = await startNats('--user', 'shop', '--pass', 'second');
    await using network = await startTcpProxy(broker);
    const connection = await connectNats({ servers: `127.0.0.1:${broker.port}`, user: 'shop', pass: 'first' });
    await (await jetstreamManager(connection)).streams.add({ name: 'orders', subjects: ['orders'] });
    await connection.close();
    await goesOn({
      sink: { kind: 'nats', uri: `nats://shop:first@127.0.0.1:${network.port}` },
      lock() {
        network.redirect(other);
        network.cut();
      },
      unlock: () => network.redirect(broker),
    });
  });
});

await describeWithBroker('moto', 'A Proxy to SQS or SNS', function () {
  this.timeout(timeout);

  /** A service that knows the access key of the sink, until it has to check access keys, none of which it knows. */
  async function start(kind: 'sqs' | 'sns') {
    await using resources = new AsyncDisposableStack();
    const { port } = resources.use(await startMoto());
    const endpoint = `http://127.0.0.1:${port}`;
    const owned = resources.move();
    const check = (from: string) => fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: from });
    return {
      where: { region: 'eu-central-1', endpoint, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } },
      sink: { kind, region: 'eu-central-1', endpoint, credentials: { access_key_id: 'x', secret_access_key: 'x' } },
      lock: () => check('0'),
      unlock: () => check('inf'),
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  }

  it(`${title}: SQS`, async () => {
    await using service = await start('sqs');
    const client = new SQSClient(service.where);
    await client.send(new CreateQueueCommand({ QueueName: 'orders' }));
    client.destroy();
    await goesOn(service);
  });

  it(`${title}: SNS`, async () => {
    await using service = await start('sns');
    const client = new SNSClient(service.where);
    const { TopicArn: destination = '' } = await client.send(new CreateTopicCommand({ Name: 'orders' }));
    client.destroy();
    await goesOn({ ...service, destination });
  });
});
