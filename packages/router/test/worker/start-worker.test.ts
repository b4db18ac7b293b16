import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { ListenError, RouterOptionError, Uri } from '../../src/index.ts';
import { readWorker } from '../../src/worker/read-worker.ts';
import { startWorker } from '../../src/worker/start-worker.ts';
import { WampClient } from '../support/wamp-client.ts';

const ENDPOINT = { type: 'tcp', interface: '127.0.0.1', port: 0 };
const AUTH = { ticket: { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } } };
const ROLE = { name: 'user', permissions: [{ uri: 'com.example.', match: 'prefix', allow: { subscribe: true } }] };

/** Starts what a configuration file with these contents would. */
async function start(configuration: object) {
  const errors: Error[] = [];
  const running = await startWorker(readWorker(configuration, {}), (error) => errors.push(error));
  return { ...running, errors, [Symbol.asyncDispose]: () => running.close() };
}

/** A client that has joined as joe. */
async function joe(url: string): Promise<WampClient> {
  const client = await WampClient.connect(url);
  client.send([MessageType.HELLO, 'realm1', { roles: { caller: {} }, authmethods: ['ticket'], authid: 'joe' }]);
  expect((await client.next())[0]).to.equal(4);
  client.send([MessageType.AUTHENTICATE, 's3cr3t', {}]);
  expect((await client.next())[0]).to.equal(2);
  return client;
}

describe('Router from a configuration', () => {
  for (const [name, transport] of [
    ['a WebSocket transport', { type: 'websocket', endpoint: ENDPOINT, auth: AUTH }],
    ['a web transport', { type: 'web', endpoint: ENDPOINT, paths: { ws: { type: 'websocket', auth: AUTH } } }],
  ] as const) {
    it(`authenticates and authorizes as configured, with ${name}`, async () => {
      await using running = await start({ realms: [{ name: 'realm1', roles: [ROLE] }], transports: [transport] });
      const [url = ''] = running.urls;
      await using client = await joe(url);
      expect((await client.request(32, {}, 'com.example.topic'))[0]).to.equal(33);
      expect((await client.request(16, { acknowledge: true }, 'com.example.topic'))[4]).to.equal(Uri.NOT_AUTHORIZED);
      await using nobody = await WampClient.connect(url);
      nobody.send([MessageType.HELLO, 'realm1', { roles: { caller: {} } }]);
      expect((await nobody.next())[0]).to.equal(3);
    });
  }

  it('keeps the configured event histories', async () => {
    const store = { type: 'memory', 'event-history': [{ uri: 'com.example.topic', limit: 2 }] };
    const transports = [{ type: 'websocket', endpoint: ENDPOINT }];
    await using running = await start({ realms: [{ name: 'realm1', store }], transports });
    await using client = await WampClient.open(running.urls[0] ?? '');
    for (const number of [1, 2, 3]) await client.publish('com.example.topic', {}, [number]);
    const [, , , ids] = await client.request(48, {}, 'wamp.subscription.lookup', ['com.example.topic']);
    const [type, , , args] = await client.request(48, {}, 'wamp.subscription.get_events', ids);
    expect(type).to.equal(50);
    expect(args).to.have.length(2);
  });

  it('has the configured limits', async () => {
    const transports = [{ type: 'websocket', endpoint: ENDPOINT }];
    await using running = await start({ realms: [{ name: 'realm1' }], transports, limits: { maxSubscriptions: 1 } });
    await using client = await WampClient.open(running.urls[0] ?? '');
    await client.subscribe('com.example.topic');
    expect((await client.request(32, {}, 'com.example.other'))[4]).to.equal(Uri.NOT_AUTHORIZED);
  });

  it('checks URIs as configured, and requires the same check for all realms', async () => {
    const transports = [{ type: 'websocket', endpoint: ENDPOINT }];
    const strict = { name: 'realm1', options: { uri_check: 'strict' } };
    await using running = await start({ realms: [strict], transports });
    await using client = await WampClient.open(running.urls[0] ?? '');
    expect((await client.request(32, {}, 'com.Example'))[4]).to.equal(Uri.INVALID_URI);
    const error = await start({ realms: [strict, { name: 'realm2' }], transports }).catch((reason) => reason);
    expect(error).to.be.instanceOf(RouterOptionError);
  });

  it('closes everything if it cannot listen at one of its addresses', async () => {
    await using first = await start({
      realms: [{ name: 'realm1' }],
      transports: [{ type: 'websocket', endpoint: ENDPOINT }],
    });
    const { port } = new URL(first.urls[0] ?? '');
    const taken = { type: 'websocket', endpoint: { ...ENDPOINT, port } };
    const free = { type: 'websocket', endpoint: ENDPOINT };
    const error = await start({ realms: [{ name: 'realm1' }], transports: [free, taken] }).catch((reason) => reason);
    expect(error).to.be.instanceOf(ListenError);
  });
});
