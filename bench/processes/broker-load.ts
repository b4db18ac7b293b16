// The control of the Proxy: the same library of a broker, with the same options, fed from memory with the same window and the same messages: a
// payload as long, the same headers, ids that differ. Or by the naive loop that most people write: LISTEN, publish, await the confirmation.

import { connect as connectNats, createInbox, headers as natsHeaders } from '@nats-io/transport-node';
import { type MessageToProduce, ProduceAcks, Producer, stringSerializers } from '@platformatic/kafka';
import { createClient } from '@redis/client';
import { connect as connectAmqp } from 'amqplib';
import { connectAsync } from 'mqtt';
import { Client } from 'pg';
import { Agent } from 'undici';

const window = 256;
const { kind, port, count, payload, database, announce } = JSON.parse(process.argv[2] ?? '{}');

type Send = (payload: string) => Promise<unknown>;

const contentType = 'application/json';
let messages = 0;

/** The overhead of every message of the Proxy besides its payload: its id and its key. */
function nextHead() {
  messages += 1;
  return { id: `0/16B3748${messages}/0`, key: String(messages) };
}

const libraries: Readonly<Record<string, () => Promise<Send>>> = {
  async amqp() {
    const model = await connectAmqp(`amqp://guest:guest@127.0.0.1:${port}`, { noDelay: true });
    const channel = await model.createConfirmChannel();
    return (text) =>
      new Promise((resolve, reject) => {
        const options = { persistent: true, mandatory: true, contentType, messageId: nextHead().id, headers: {} };
        const settle = (error: unknown) => (error ? reject(error) : resolve(undefined));
        channel.publish('', 'orders', Buffer.from(text), options, settle);
      });
  },
  async mqtt() {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`);
    return (text) => client.publishAsync('orders', text, { qos: 1 });
  },
  async redis() {
    const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
    return (text) => {
      const { id, key } = nextHead();
      const fields = ['id', id, 'key', key, 'content_type', contentType, 'payload', text];
      return client.sendCommand(['XADD', 'orders', '*', ...fields]);
    };
  },
  async nats() {
    const connection = await connectNats({ servers: `127.0.0.1:${port}` });
    const [inbox, waiting] = [createInbox(), new Map<string, () => void>()];
    const take = (subject: string) => {
      waiting.get(subject)?.();
      waiting.delete(subject);
    };
    connection.subscribe(`${inbox}.*`, { callback: (_, { subject }) => take(subject) });
    let number = 0;
    return (text) => {
      number += 1;
      const reply = `${inbox}.${number}`;
      const { id, key } = nextHead();
      const headers = natsHeaders();
      headers.set('Nats-Msg-Id', id);
      headers.set('Content-Type', contentType);
      headers.set('Key', key);
      connection.publish('orders', text, { reply, headers });
      return new Promise((resolve) => waiting.set(reply, () => resolve(undefined)));
    };
  },
  async kafka() {
    const producer = new Producer({
      clientId: 'control',
      bootstrapBrokers: [`127.0.0.1:${port}`],
      serializers: stringSerializers,
      idempotent: true,
      acks: ProduceAcks.ALL,
    });
    // One request for all that come together, as the sink does.
    let waiting: { record: MessageToProduce<string, string, string, string>; resolve: (value?: unknown) => void }[] =
      [];
    let isSending = false;
    const flush = async () => {
      isSending = true;
      while (waiting.length > 0) {
        const batch = waiting;
        waiting = [];
        await producer.send({ messages: batch.map(({ record }) => record) });
        for (const { resolve } of batch) resolve();
      }
      isSending = false;
    };
    return (value) =>
      new Promise((resolve) => {
        const { id, key } = nextHead();
        waiting.push({
          record: { topic: 'orders', value, key, headers: { id, 'content-type': contentType } },
          resolve,
        });
        if (!isSending) setImmediate(() => isSending || flush());
      });
  },
  async webhook() {
    const agent = new Agent({ connections: 16, pipelining: 1 });
    const request = { origin: `http://127.0.0.1:${port}`, path: '/orders', method: 'POST' } as const;
    return async (body) => {
      const headers = { 'content-type': contentType, 'idempotency-key': nextHead().id };
      return (await agent.request({ ...request, headers, body })).body.dump();
    };
  },
};

const send = (await libraries[kind]?.()) ?? (() => Promise.reject(new Error(`there is no library for ${kind}`)));
await (database ? naive() : flood());

async function flood(): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  let [sent, settled] = [0, 0];
  await new Promise<void>((resolve, reject) => {
    const next = () => {
      for (; sent < count && sent - settled < window; sent += 1) send(payload).then(settle, reject);
    };
    const settle = () => {
      settled += 1;
      if (settled === count) resolve();
      else next();
    };
    next();
  });
  const { user, system } = process.cpuUsage(before);
  say({ rate: (count / (performance.now() - start)) * 1000, processorTime: (user + system) / count });
  process.exit(0);
}

async function naive(): Promise<void> {
  const client = new Client(database);
  await client.connect();
  await client.query('LISTEN orders');
  let [start, done] = [0, 0];
  let last: Promise<unknown> = Promise.resolve();
  client.on('notification', ({ payload: text = '' }) => {
    start ||= performance.now();
    last = last
      .then(() => send(text))
      .then(() => {
        done += 1;
        if (done === count && !announce) say({ rate: (count / (performance.now() - start)) * 1000 });
      });
  });
  say({ listening: true });
}

function say(message: object): void {
  console.log(JSON.stringify(message));
}
