import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { type Broker, describeWithBroker, startAedes, startRabbitMq, startRedis, waitFor } from '@pgwamp/harness';
import { type CertificateName, certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { connect as connectAmqp } from 'amqplib';
import { expect } from 'chai';
import { BrokerUnreachableError } from '../../src/errors.ts';
import { Proxy, type ProxyOptions } from '../../src/index.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';
import { prepareStage } from '../support/stage.ts';

/** A TLS proxy in front of a broker, for clients with a certificate of our authority. */
async function endTls(broker: Broker, shown: CertificateName = 'server') {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => sockets.add(socket.on('error', () => undefined));
  const server = createServer(
    {
      cert: certificate(shown),
      key: certificate('server-key'),
      ca: certificate('authority'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (client) => {
      const target = connect(broker.port, broker.host);
      for (const socket of [client, target]) keep(socket);
      client.pipe(target).pipe(client);
    },
  );
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** Shows another certificate from the next connection on. */
    renew(name: CertificateName) {
      server.setSecureContext({
        cert: certificate(name),
        key: certificate('server-key'),
        ca: certificate('authority'),
      });
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const own = { certificate: certificatePath('client'), key: certificatePath('client-key') };
const trusted = { ca_certificates: [certificatePath('authority')] };

async function itDeliversOverTls(broker: Broker, options: (port: number) => object): Promise<void> {
  await using tls = await endTls(broker);
  const untrusted = { ...options(tls.port), connect_timeout: 5000 };
  expect(await rejection(openSink(untrusted))).to.be.instanceOf(BrokerUnreachableError);
  await using sink = await openSink({ ...options(tls.port), tls: { ...trusted, ...own } });
  await sink.send(outgoing('orders'));
  const misnamed = { ...options(tls.port), tls: { ...trusted, ...own, hostname: 'other.example.com' } };
  expect(await rejection(openSink(misnamed))).to.be.instanceOf(BrokerUnreachableError);
}

describe('Sinks over TLS', function () {
  this.timeout(60_000);

  it("verify the broker's certificate, and send their own (mqtt)", async () => {
    await using broker = await startAedes();
    await itDeliversOverTls(broker, (port) => ({ kind: 'mqtt', uri: `mqtts://localhost:${port}` }));
  });

  it('is refused where the URI asks for none: its options would have no effect', () => {
    const problem = (sink: object) => {
      const routes = [{ from: 'changes', to: 'broker' }];
      const extra = { database: { uri: 'postgres://h/d' }, sources: { changes: { kind: 'wal' } }, routes };
      try {
        return String(new Proxy({ extra: { ...extra, sinks: { broker: sink } } } as unknown as ProxyOptions));
      } catch (error) {
        return (error as Error).message;
      }
    };
    const texts = [
      { kind: 'amqp', uri: 'amqp://h', tls: true },
      { kind: 'mqtt', uri: 'tcp://h', tls: trusted },
      { kind: 'redis', uri: 'redis://h', tls: trusted },
      { kind: 'webhook', url: 'http://h', tls: own },
    ].map(problem);
    const schemes = [
      ['amqp', 'amqps'],
      ['tcp', 'mqtts'],
      ['redis', 'rediss'],
      ['http', 'https'],
    ];
    for (const [index, [plain, secure]] of schemes.entries())
      expect(texts[index]).to.match(new RegExp(`broker\\.tls.*has no effect with ${plain}://; write ${secure}://`));
    for (const sink of [
      { kind: 'amqp', uri: 'amqp://h', tls: false },
      { kind: 'nats', uri: 'nats://h', tls: trusted },
    ])
      expect(problem(sink)).to.equal('[object Object]');
  });

  it("wait while the broker's certificate has expired, log it, and continue after its renewal", async () => {
    await using broker = await startAedes();
    await using tls = await endTls(broker, 'expired');
    await using stage = await prepareStage();
    const { log, lines } = keptLog();
    const ca_certificates = [certificatePath('authority'), certificatePath('expired-authority')];
    const uri = `mqtts://localhost:${tls.port}`;
    const sinks = { broker: { kind: 'mqtt', uri, tls: { ...own, ca_certificates } } } as const;
    const starting = stage.start({ sinks }, log);
    const isSaid = () => lines.find(({ msg }) => /cannot reach .*certificate has expired/.test(msg));
    await waitFor(isSaid, { what: 'the line of the log' });
    tls.renew('server');
    await using proxy = await starting;
    await stage.run(`INSERT INTO orders VALUES (1, 'tea')`);
    await waitFor(() => proxy.status().sinks.broker?.confirmed === 1, { what: 'the message to be delivered' });
  });
});

await describeWithBroker('Redis', 'Redis sink over TLS', function () {
  this.timeout(60_000);

  it("verifies the broker's certificate, and sends its own", async () => {
    await using broker = await startRedis();
    await itDeliversOverTls(broker, (port) => ({ kind: 'redis', uri: `rediss://localhost:${port}` }));
  });
});

await describeWithBroker('RabbitMQ', 'AMQP sink over TLS', function () {
  this.timeout(120_000);

  it("verifies the broker's certificate, and sends its own", async () => {
    await using broker = await startRabbitMq();
    const model = await connectAmqp(broker.uri);
    await (await model.createChannel()).assertQueue('orders');
    await model.close();
    const destination = 'queue';
    await itDeliversOverTls(broker, (port) => ({ kind: 'amqp', uri: `amqps://localhost:${port}`, destination }));
  });
});
