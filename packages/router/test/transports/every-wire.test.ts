import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import type { Endpoint, Limits, SerializerName, TransportOptions } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { type FrameWire, ValueClient } from '../support/value-client.ts';
import { connectTo, RawSocketWire, webSocketWire } from '../support/wires.ts';

const SERIALIZERS: readonly SerializerName[] = ['json', 'msgpack', 'cbor'];
const TOPIC = 'com.example.topic';

const tls = { key: certificatePath('server-key'), certificate: certificatePath('server') };

interface Kind {
  readonly name: string;
  options(folder: string): TransportOptions;
  connect(url: string, serializer: SerializerName): Promise<FrameWire>;
}

const tcp: Endpoint = { type: 'tcp', port: 0 };
const openRaw = async (url: string, serializer: SerializerName) => RawSocketWire.open(await connectTo(url), serializer);
const openWeb = (url: string, serializer: SerializerName) => webSocketWire(url, `wamp.2.${serializer}`);
// The certificate is for the name, not for the address.
const openSecure = (url: string, serializer: SerializerName) =>
  openWeb(url.replace('127.0.0.1', 'localhost'), serializer);

const kinds: readonly Kind[] = [
  { name: 'WebSocket', options: () => ({ type: 'websocket', endpoint: tcp }), connect: openWeb },
  {
    name: 'WebSocket by TLS',
    options: () => ({ type: 'websocket', endpoint: { ...tcp, tls } as Endpoint }),
    connect: openSecure,
  },
  {
    name: 'WebSocket on a Unix socket',
    options: (folder) => ({ type: 'websocket', endpoint: { type: 'unix', path: join(folder, 'ws') } }),
    connect: openWeb,
  },
  {
    name: 'compressed WebSocket',
    options: () => ({ type: 'websocket', endpoint: tcp, options: { compression: { deflate: {} } } }),
    connect: (url, serializer) => webSocketWire(url, `wamp.2.${serializer}`, true),
  },
  { name: 'RawSocket', options: () => ({ type: 'rawsocket', endpoint: tcp }), connect: openRaw },
  {
    name: 'RawSocket by TLS',
    options: () => ({ type: 'rawsocket', endpoint: { ...tcp, tls } as Endpoint }),
    connect: openRaw,
  },
  {
    name: 'RawSocket on a Unix socket',
    options: (folder) => ({ type: 'rawsocket', endpoint: { type: 'unix', path: join(folder, 'rs') } }),
    connect: openRaw,
  },
];

const payloads: readonly (readonly unknown[])[] = [
  [],
  [[]],
  [[], {}],
  [[[1, 2]]],
  [[null]],
  [[[]]],
  [[{}], { '': null }],
  [[9223372036854775807n, -9223372036854775808n, 2 ** 53, -1, 1.5]],
  [['ü🐘', '', '\0not bytes'], { a: [true, false] }],
  [[new Uint8Array([0, 255, 1]), new Uint8Array(0)], { data: new Uint8Array(300) }],
];

async function openBoth(kind: Kind, serializer: SerializerName, limits: Partial<Limits> = {}) {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'wamp-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const test = stack.use(await startRouter({ limits }));
  const { url } = await test.router.listen(kind.options(folder));
  const one = stack.use(await ValueClient.join(await kind.connect(url, serializer), serializer));
  const other = stack.use(await ValueClient.join(await kind.connect(url, serializer), serializer));
  return { test, one, other, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

for (const kind of kinds) {
  for (const serializer of SERIALIZERS) {
    describe(`${serializer} by ${kind.name}`, () => {
      it('delivers events with exactly the published arguments', async () => {
        await using both = await openBoth(kind, serializer);
        const { one, other } = both;
        await other.request(32, {}, TOPIC);
        for (const payload of payloads) {
          expect((await one.request(16, { acknowledge: true }, TOPIC, ...payload))[0]).to.equal(17);
          expect((await other.next()).slice(4)).to.eql(payload);
        }
      });

      it('passes calls, results and errors', async () => {
        await using both = await openBoth(kind, serializer);
        const { one, other } = both;
        await other.request(64, {}, TOPIC);
        for (const payload of payloads) {
          one.send([MessageType.CALL, 1, {}, TOPIC, ...payload]);
          const invocation = await other.next();
          expect(invocation.slice(4)).to.eql(payload);
          other.send([MessageType.YIELD, invocation[1], {}, ...payload]);
          expect(await one.next()).to.eql([MessageType.RESULT, 1, {}, ...payload]);
        }
        one.send([MessageType.CALL, 1, {}, TOPIC]);
        other.send([
          MessageType.ERROR,
          MessageType.INVOCATION,
          (await other.next())[1],
          {},
          'com.example.error.oops',
          ['why'],
        ]);
        expect(await one.next()).to.eql([
          MessageType.ERROR,
          MessageType.CALL,
          1,
          {},
          'com.example.error.oops',
          ['why'],
        ]);
        expect((await one.request(48, {}, 'com.example.nothing'))[4]).to.equal('wamp.error.no_such_procedure');
      });

      it('passes a payload of a megabyte', async () => {
        await using both = await openBoth(kind, serializer);
        const { one, other } = both;
        await other.request(32, {}, TOPIC);
        const text = 'ü'.repeat(250_000);
        one.send([MessageType.PUBLISH, 1, {}, TOPIC, [text, text]]);
        expect((await other.next())[4]).to.eql([text, text]);
      });

      it('answers every request of a flood, for any pauses in reading', async () => {
        await using both = await openBoth(kind, serializer, { highWaterBytes: 1 });
        const { one } = both;
        for (let request = 1; request <= 300; request++)
          one.send([MessageType.PUBLISH, request, { acknowledge: true }, TOPIC]);
        for (let request = 1; request <= 300; request++) expect((await one.next())[1]).to.equal(request);
      });

      it('answers a malformed message with ABORT', async () => {
        await using both = await openBoth(kind, serializer);
        const { one, test } = both;
        one.send([1234]);
        expect((await one.next()).slice(0, 1)).to.eql([3]);
        await one.closed;
        expect(test.ends.map(({ cause }) => cause)).to.eql(['violation']);
      });
    });
  }
}

describe('Sessions with different serializers', () => {
  it('receive the same event, each with its own serializer', async () => {
    await using test = await startRouter();
    const { url } = await test.router.listen({ type: 'websocket', endpoint: tcp });
    const join = async (name: SerializerName) => ValueClient.join(await openWeb(url, name), name);
    for (const name of SERIALIZERS) {
      await using publisher = await join(name);
      await using near = await join('json');
      await using middle = await join('msgpack');
      await using far = await join('cbor');
      for (const client of [near, middle, far]) await client.request(32, {}, TOPIC);
      for (const [index, payload] of payloads.entries()) {
        publisher.send([MessageType.PUBLISH, index + 1, {}, TOPIC, ...payload]);
        for (const client of [near, middle, far]) expect((await client.next()).slice(4)).to.eql(payload);
      }
    }
  });
});
