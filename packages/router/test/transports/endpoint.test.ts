import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { ListenError, type ListenOptions, RouterOptionError } from '../../src/index.ts';
import { until, within } from '../support/deadline.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const tcp = { type: 'tcp', port: 0 } as const;

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'wamp-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Leaves a socket in the file system whose process is gone. */
async function abandonSocket(path: string): Promise<void> {
  const child = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log())`,
  ]);
  await within(once(child.stdout, 'data'), 'it listens', 20_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('Endpoint', () => {
  const wrong: [message: string, options: unknown][] = [
    ['type: expected', { type: 'longpoll', endpoint: tcp }],
    ['endpoint: missing (expected', { type: 'websocket' }],
    ['endpoint.port: expected a port', { type: 'rawsocket', endpoint: { type: 'tcp', port: 70_000 } }],
    ['endpoint.path: missing (expected', { type: 'rawsocket', endpoint: { type: 'unix' } }],
    ['serializers[0]: expected', { type: 'rawsocket', endpoint: tcp, serializers: ['ubjson'] }],
    ['options.max_message_size: expected', { type: 'websocket', endpoint: tcp, options: { max_message_size: 'x' } }],
    ['colour: unknown key', { type: 'websocket', endpoint: tcp, colour: 1 }],
    ['url: expected a URL', { type: 'websocket', endpoint: tcp, url: 'nowhere' }],
    [
      'endpoint.tls.key: expected PEM text or the path of a PEM file: ENOENT',
      { type: 'websocket', endpoint: { ...tcp, tls: { key: '/no/file', certificate: '/no/file' } } },
    ],
    [
      'endpoint.tls: ',
      {
        type: 'rawsocket',
        endpoint: { ...tcp, tls: { key: certificate('client-key'), certificate: certificate('server') } },
      },
    ],
  ];
  for (const [message, options] of wrong) {
    it(`names the wrong option: ${message}`, async () => {
      await using test = await startRouter();
      const error = await test.router.listen(options as ListenOptions).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RouterOptionError);
      expect((error as Error).message).to.contain(message);
    });
  }

  it('can be one of several, each closed separately', async () => {
    await using test = await startRouter();
    const listeners = await Promise.all([1, 2, 3].map(() => test.router.listen({ type: 'websocket', endpoint: tcp })));
    const [first, second] = listeners;
    await first?.close();
    await first?.close();
    await using client = await WampClient.open(second?.url ?? '');
    expect(client.session).to.be.above(0);
  });

  it('accepts any path on a port with WebSocket only, and shows the path of its URL', async () => {
    await using test = await startRouter();
    const url = 'ws://example.com/wamp';
    const listener = await test.router.listen({ type: 'websocket', endpoint: tcp, url });
    expect(listener.url).to.equal(`ws://127.0.0.1:${listener.port}/wamp`);
    await using _client = await WampClient.open(`ws://127.0.0.1:${listener.port}/other`);
  });

  it('requires a client certificate if it has authorities', async () => {
    await using test = await startRouter();
    const tls = {
      key: certificatePath('server-key'),
      certificate: certificatePath('server'),
      ca_certificates: [certificatePath('authority')],
    };
    const { url, port } = await test.router.listen({ type: 'websocket', endpoint: { ...tcp, tls } });
    expect(url).to.match(/^wss:/);
    const ca = certificate('authority');
    const own = { cert: certificate('client'), key: certificate('client-key') };
    const known = new WebSocket(`wss://localhost:${port}/`, ['wamp.2.json'], { ca, ...own });
    await within(once(known, 'open'), 'a client with a certificate is let in');
    known.close();
    await once(known, 'close');
    const unknown = new WebSocket(`wss://localhost:${port}/`, ['wamp.2.json'], { ca });
    const [error] = await within(once(unknown, 'error'), 'one without is not');
    expect(error).to.be.instanceOf(Error);
  });

  it('closes TLS connections without a handshake', async () => {
    await using test = await startRouter({ limits: { handshakeTimeout: 100 } });
    const tls = { key: certificate('server-key'), certificate: certificate('server') };
    for (const type of ['websocket', 'rawsocket'] as const) {
      const { port } = await test.router.listen({ type, endpoint: { ...tcp, tls } });
      const silent = connectTcp(port, '127.0.0.1').resume();
      await within(once(silent, 'close'), `${type}: silence before TLS`);
      const secure = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: certificate('authority') });
      secure.resume();
      await within(once(secure, 'close'), `${type}: silence behind TLS`);
    }
  });

  it('closes without waiting for silent connections', async () => {
    await using test = await startRouter({ limits: { closeTimeout: 50 } });
    const tls = { key: certificate('server-key'), certificate: certificate('server') };
    for (const type of ['websocket', 'rawsocket'] as const) {
      const { port, close } = await test.router.listen({ type, endpoint: { ...tcp, tls } });
      const silent = connectTcp(port, '127.0.0.1').resume();
      await once(silent, 'connect');
      await within(close(), `${type}: the listener is closed`);
      await within(once(silent, 'close'), `${type}: the connection is closed`);
    }
  });

  it('replaces an abandoned Unix socket, and no other one', async () => {
    await using test = await startRouter();
    await using place = await folder();
    const path = join(place.path, 'socket');
    await abandonSocket(path);
    expect(existsSync(path)).to.equal(true);
    const listener = await test.router.listen({ type: 'websocket', endpoint: { type: 'unix', path } });
    expect(listener).to.include({ port: 0, url: `ws+unix:${path}:/ws` });
    const client = await WampClient.open(listener.url);
    const again = test.router.listen({ type: 'rawsocket', endpoint: { type: 'unix', path } });
    expect(await again.catch((reason: unknown) => reason)).to.be.instanceOf(ListenError);
    expect((await client.publish('com.example.topic'))[0]).to.equal(17);
    await listener.close();
    await client.closed;
    expect(existsSync(path)).to.equal(false);
  });

  it('reports why it cannot listen', async () => {
    await using test = await startRouter();
    await using taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    for (const type of ['websocket', 'rawsocket'] as const) {
      const error = await test.router
        .listen({ type, endpoint: { type: 'tcp', port } })
        .catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ListenError);
      expect((error as Error).message).to.contain(`127.0.0.1:${port}`);
    }
  });
});

describe('Compression', () => {
  const compression = { deflate: { no_context_takeover: true } };

  it('is off by default', async () => {
    await using test = await startRouter();
    const webSocket = new WebSocket(test.url, ['wamp.2.json'], { perMessageDeflate: true });
    await once(webSocket, 'open');
    expect(webSocket.extensions).to.equal('');
    webSocket.close();
    await once(webSocket, 'close');
  });

  it('is limited: a compression bomb closes the connection', async () => {
    await using test = await startRouter();
    const options = { max_message_size: 100_000, compression };
    const { url } = await test.router.listen({ type: 'websocket', endpoint: tcp, options });
    const webSocket = new WebSocket(url, ['wamp.2.json'], { perMessageDeflate: { threshold: 0 } });
    await once(webSocket, 'open');
    expect(webSocket.extensions).to.contain('permessage-deflate');
    webSocket.send(`[1,"realm1",{"roles":{"caller":{}},"_mine":"${' '.repeat(50_000_000)}"}]`);
    const [code] = await within(once(webSocket, 'close'), 'the connection is closed');
    expect(code).to.equal(1009);
    await until(() => test.router.stats().connections === 0, 'it is forgotten');
  });
});
