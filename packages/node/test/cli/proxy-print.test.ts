import { expect } from 'chai';
import { pgwamp } from '../support/command.ts';
import { createFolder } from '../support/folder.ts';

/** A sink of each kind. */
const sinks = {
  amqp: { kind: 'amqp', uri: 'amqp://127.0.0.1' },
  mqtt: { kind: 'mqtt', uri: 'mqtt://127.0.0.1' },
  redis: { kind: 'redis', uri: 'redis://127.0.0.1' },
  nats: { kind: 'nats', uri: 'nats://127.0.0.1' },
  kafka: { kind: 'kafka', brokers: ['127.0.0.1:9092'] },
  sqs: { kind: 'sqs', region: 'eu-west-1' },
  sns: { kind: 'sns', region: 'eu-west-1' },
  webhook: { kind: 'webhook', url: 'http://127.0.0.1:8080/hooks' },
  wamp: { kind: 'wamp', realm: 'realm1', transport: { type: 'websocket', url: 'ws://127.0.0.1:8080/ws' } },
};

/** Each format as a user may write it, and its printed form. */
const formats: readonly (readonly [string | object, object])[] = [
  ['raw', { type: 'raw' }],
  ['row', { type: 'row' }],
  ['debezium', { type: 'debezium' }],
  ['cloudevents', { type: 'cloudevents', mode: 'structured' }],
  [
    { type: 'cloudevents', mode: 'binary', source: '/shop' },
    { type: 'cloudevents', mode: 'binary', source: '/shop' },
  ],
  ['wal2json', { type: 'wal2json', 'format-version': 2, 'include-types': true }],
  [
    { type: 'wal2json', 'format-version': 1, 'pretty-print': true },
    { type: 'wal2json', 'format-version': 1, 'pretty-print': true },
  ],
];

const names = Object.keys(sinks);
const file = {
  type: 'class',
  classname: 'pgwamp.Proxy',
  extra: {
    database: { uri: 'postgres://crossbar@127.0.0.1/shop' },
    sources: { notes: { kind: 'channel', channels: ['notes'] }, changes: { kind: 'wal' } },
    sinks,
    routes: [
      ...formats.map(([format], index) => ({
        from: format === 'raw' ? 'notes' : 'changes',
        to: names[index % names.length],
        format,
      })),
      ...names.map((to) => ({ from: 'changes', to })),
    ],
  },
};

describe('pgwamp proxy --print', () => {
  it('prints every format and every sink, in a form that it reads again', async () => {
    await using folder = await createFolder({ 'proxy.json': file });
    const print = (args: readonly string[], input?: string) =>
      pgwamp(['proxy', ...args, '--print'], { cwd: folder.path, ...(input !== undefined && { input }) });
    const { code, stdout, stderr } = await print(['proxy.json']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    const { extra } = JSON.parse(stdout);
    expect(Object.keys(extra.sinks)).to.deep.equal(names);
    for (const [index, [, printed]] of formats.entries()) expect(extra.routes[index].format).to.deep.include(printed);
    expect(await print(['-'], stdout)).to.deep.equal({ code: 0, stdout, stderr: '' });
  });
});
