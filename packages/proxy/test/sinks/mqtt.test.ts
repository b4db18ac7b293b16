import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { parseConfiguration } from '@pgwamp/config';
import { Lost, Refused } from '@pgwamp/core';
import { type Broker, describeWithBroker, startAedes, startMosquitto, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { connect, connectAsync, type IPublishPacket } from 'mqtt';
import { BrokerRefusedError } from '../../src/errors.ts';
import type { OutgoingMessage } from '../../src/sinks/sink.ts';
import { openSink as open, type SinkOptions, sinkOptions } from '../../src/sinks/sink-options.ts';
import { itIsLostWithItsBroker } from '../support/faults.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

interface Received {
  readonly topic: string;
  readonly payload: Buffer;
  readonly packet: IPublishPacket;
}

/** Somebody who has subscribed to everything below a topic. */
async function subscribe(port: number, topic: string, protocolVersion: 4 | 5) {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion, reconnectPeriod: 0 });
  const received: Received[] = [];
  client.on('message', (name, payload, packet) => received.push({ topic: name, payload, packet }));
  await client.subscribeAsync(`${topic}/#`, { qos: 2 });
  return {
    received,
    count: (count: number) => waitFor(() => received.length >= count, { what: `${count} messages of MQTT` }),
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** A broker of MQTT 3.1.1 that takes messages of QoS 1 below 128 bytes, and confirms each when it is told to. */
async function startHoldingBroker() {
  const [ids, clients] = [[] as Buffer[], new Set<Socket>()];
  let confirmed = 0;
  const server = createServer((socket) => {
    clients.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      for (let size = 2 + (rest[1] ?? 128); rest.length >= size; size = 2 + (rest[1] ?? 128)) {
        const packet = rest.subarray(0, size);
        rest = rest.subarray(size);
        if (packet[0] === 0x10) socket.write(Buffer.from([0x20, 2, 0, 0]));
        if (packet[0] !== 0x32) continue;
        const afterTopic = 4 + packet.readUInt16BE(2);
        ids.push(packet.subarray(afterTopic, afterTopic + 2));
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get arrived() {
      return ids.length;
    },
    confirmNext() {
      const puback = Buffer.concat([Buffer.from([0x40, 2]), ids[confirmed] ?? Buffer.alloc(2)]);
      confirmed += 1;
      for (const client of clients) client.write(puback);
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The tests for both brokers. */
function itPublishes(broker: () => Broker): void {
  const options = (port = broker().port) => ({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${port}`, keepalive: 1 });

  for (const qos of [0, 1, 2]) {
    it(`publishes with QoS ${qos}, in order`, async () => {
      await using subscriber = await subscribe(broker().port, `order/${qos}`, 4);
      await using sink = await openSink({ ...options(), qos });
      const payloads = Array.from({ length: 300 }, (_, index) => String(index));
      await Promise.all(payloads.map((payload) => sink.send(outgoing(`order/${qos}/x`, { payload }))));
      await subscriber.count(300);
      expect(subscriber.received.map(({ payload }) => String(payload))).to.deep.equal(payloads);
    });
  }

  it('retains the last message of a topic', async () => {
    await using sink = await openSink({ ...options(), retain: true });
    await sink.send(outgoing('kept/x', { payload: 'old' }));
    await sink.send(outgoing('kept/x', { payload: 'new' }));
    await using subscriber = await subscribe(broker().port, 'kept', 4);
    await subscriber.count(1);
    expect(subscriber.received.map(({ payload }) => String(payload))).to.deep.equal(['new']);
  });

  for (const topic of ['', 'a/+/b', 'a/#', 'nul\0', 't'.repeat(65_536)]) {
    it(`refuses ${JSON.stringify(topic.slice(0, 10))}, which is not a valid topic`, async () => {
      await using sink = await openSink(options());
      expect(await rejection(sink.send(outgoing(topic)))).to.be.instanceOf(Refused);
      await sink.send(outgoing('a/b'));
    });
  }

  itIsLostWithItsBroker({ broker, options, destination: 'faults', prepare: async () => {} });
}

describe('MQTT sink with aedes', function () {
  this.timeout(60_000);
  let broker: Broker;
  before(async () => {
    broker = await startAedes({ authenticate: (user, password) => user === undefined || password === 'right' });
  });
  after(() => broker[Symbol.asyncDispose]());

  itPublishes(() => broker);

  it('refuses to open with wrong credentials', async () => {
    const uri = (password: string) => `mqtt://user:${password}@127.0.0.1:${broker.port}`;
    const error = await rejection(openSink({ kind: 'mqtt', uri: uri('wrong') }));
    expect(error, error.message).to.be.instanceOf(BrokerRefusedError);
    await using sink = await openSink({ kind: 'mqtt', uri: uri('right') });
    await sink.send(outgoing('x'));
  });
});

describe('MQTT sink with a broker that delays confirmations', () => {
  const cases: readonly [limits: object, arrived: readonly number[]][] = [
    [{ max_in_flight: 6 }, [3, 4, 5, 6, 6, 6]],
    [{ window: 1 }, [1, 2, 3, 4, 5, 6]],
  ];

  for (const [limits, arrived] of cases) {
    it(`sends the next message after each confirmation, with ${JSON.stringify(limits)}`, async () => {
      await using broker = await startHoldingBroker();
      await using sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}`, ...limits });
      const sent = Promise.all(Array.from({ length: 6 }, () => sink.send(outgoing('orders'))));
      for (const count of arrived) {
        await waitFor(() => broker.arrived >= count, { what: `message ${count}` });
        expect(broker.arrived).to.equal(count);
        broker.confirmNext();
      }
      await sent;
    });
  }

  it('is lost with its unconfirmed messages when it closes', async () => {
    await using broker = await startHoldingBroker();
    const sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}` });
    const lost = rejection(sink.send(outgoing('orders')));
    await waitFor(() => broker.arrived > 0, { what: 'the message' });
    await sink[Symbol.asyncDispose]();
    expect(await lost).to.be.instanceOf(Lost);
  });
});

describe('MQTT sink with a broker that closes the connection after some topics', function () {
  this.timeout(60_000);
  let broker: Broker;
  let forbidden = 'forbidden';
  before(async () => {
    broker = await startAedes({ mayPublish: (topic) => topic !== forbidden });
  });
  after(() => broker[Symbol.asyncDispose]());

  /** Opens a connection of a sink, sends messages, and says which of them were blamed, or that they were confirmed. */
  async function blamed(
    options: SinkOptions,
    messages: readonly OutgoingMessage[],
  ): Promise<(boolean | 'confirmed')[]> {
    await using sink = await open(options, { name: 'orders', log: keptLog().log });
    const sent = await Promise.allSettled(messages.map((message) => sink.send(message)));
    return sent.map((outcome) =>
      outcome.status === 'fulfilled' ? 'confirmed' : (outcome.reason as Lost).blamesMessage,
    );
  }

  it('blames only the message that was the oldest unanswered one in five losses', async () => {
    const uri = `mqtt://127.0.0.1:${broker.port}`;
    const options = parseConfiguration(sinkOptions, { kind: 'mqtt', uri }) as SinkOptions;
    const poison = outgoing('forbidden');
    for (let loss = 1; loss < 5; loss += 1) {
      expect(await blamed(options, [poison]), `loss ${loss}`).to.deep.equal([false]);
      // Others may be confirmed meanwhile.
      expect(await blamed(options, [outgoing('allowed')])).to.deep.equal(['confirmed']);
    }
    expect(await blamed(options, [poison])).to.deep.equal([true]);
    expect(await blamed(options, [poison])).to.deep.equal([true]);
    forbidden = '';
    expect(await blamed(options, [poison])).to.deep.equal(['confirmed']);
    forbidden = 'forbidden';
    expect(await blamed(options, [poison]), 'after it was confirmed').to.deep.equal([false]);
    for (let loss = 0; loss < 5; loss += 1) {
      expect(await blamed(options, [outgoing('forbidden')]), 'another message each time').to.deep.equal([false]);
    }
  });
});

await describeWithBroker('mosquitto', 'MQTT sink with mosquitto', function () {
  this.timeout(60_000);
  let broker: Broker;
  before(async () => {
    broker = await startMosquitto(['allow_anonymous true', 'max_packet_size 100000']);
  });
  after(() => broker[Symbol.asyncDispose]());

  itPublishes(() => broker);

  it('sends id, key, headers and content type by MQTT 5', async () => {
    await using subscriber = await subscribe(broker.port, 'five', 5);
    await using sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}`, version: '5' });
    const message = outgoing('five/x', { key: 'k', headers: { tenant: 'a' } });
    await sink.send(message);
    await subscriber.count(1);
    expect(subscriber.received[0]?.packet.properties).to.deep.include({
      contentType: 'application/json',
      userProperties: Object.assign(Object.create(null), { tenant: 'a', id: message.id, key: 'k' }),
    });
  });

  it('counts a message without subscribers as delivered, by MQTT 5', async () => {
    await using sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}`, version: '5' });
    await sink.send(outgoing('nobody/listens'));
  });

  it('counts a message as delivered that the broker loses when it is killed', async () => {
    const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { clientId: 'absent', clean: false });
    await subscriber.subscribeAsync('kept/nowhere', { qos: 1 });
    await subscriber.endAsync();
    {
      await using sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}` });
      await sink.send(outgoing('kept/nowhere'));
    }
    await broker.kill();
    await broker.start();
    const again = connect(`mqtt://127.0.0.1:${broker.port}`, { clientId: 'absent', clean: false });
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    again.on('connect', ({ sessionPresent }) => resolve(sessionPresent)).on('error', reject);
    expect(await promise).to.equal(false);
    await again.endAsync();
  });

  it('refuses a message larger than the broker allows, by MQTT 5', async () => {
    await using sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}`, version: '5' });
    const error = await rejection(sink.send(outgoing('large', { payload: 'x'.repeat(200_000) })));
    expect(error).to.be.instanceOf(Refused);
    await sink.send(outgoing('small'));
  });

  it('blames a message that is too large, by MQTT 3.1.1, which has no error for it', async () => {
    await using sink = await openSink({ kind: 'mqtt', uri: `mqtt://127.0.0.1:${broker.port}` });
    const error = await rejection(sink.send(outgoing('large', { payload: 'x'.repeat(200_000) })));
    expect(error).to.be.instanceOf(Lost);
    expect((error as Lost).blamesMessage).to.equal(true);
  });
});
