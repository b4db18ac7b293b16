import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { RouterOptionError, type WebService } from '../../src/index.ts';
import { startWeb } from '../support/bridge.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

/** A folder with a page, a file beside it, and a secret outside of what is served. */
async function site() {
  const path = await mkdtemp(join(tmpdir(), 'wamp-'));
  await mkdir(join(path, 'public/docs'), { recursive: true });
  await writeFile(join(path, 'public/index.html'), '<p>home</p>');
  await writeFile(join(path, 'public/docs/index.html'), '<p>docs</p>');
  await writeFile(join(path, 'public/.hidden'), 'hidden');
  await writeFile(join(path, 'secret.txt'), 'secret');
  return { directory: join(path, 'public'), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function get(url: string, method = 'GET') {
  const response = await fetch(url, { method, headers: { connection: 'close' } });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** Asks for a path as it is, which no proper client would. */
async function rawGet(port: number, path: string): Promise<string> {
  using client = await RawSocket.connect(port);
  client.socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  return await client.response();
}

describe('Web transport', () => {
  it('serves files, WebSocket and information on one port', async () => {
    await using files = await site();
    const paths: Record<string, WebService> = {
      '/': { type: 'static', directory: files.directory },
      ws: { type: 'websocket' },
    };
    await using test = await startWeb(paths);
    expect(await get(`${test.http}/`)).to.include({ status: 200, text: '<p>home</p>' });
    expect(await get(`${test.http}/docs/`)).to.include({ status: 200, text: '<p>docs</p>' });
    expect(await get(`${test.http}/health`)).to.include({ status: 200, text: '{"status":"ok"}\n' });
    expect(test.web.url).to.equal(`ws://127.0.0.1:${test.web.port}/ws`);
    await using _client = await WampClient.open(test.web.url);
    expect((await get(`${test.http}/ws`)).status).to.equal(426);
    expect((await get(`${test.http}/missing`)).status).to.equal(404);
    expect((await get(`${test.http}/`, 'POST')).status).to.equal(405);
  });

  it('serves nothing outside of its directory, and no hidden files', async () => {
    await using files = await site();
    await using test = await startWeb({ files: { type: 'static', directory: files.directory } });
    for (const path of [
      '/../secret.txt',
      '/files/../../secret.txt',
      '/files/..%2fsecret.txt',
      '/files/%2e%2e/secret.txt',
      '/files/.hidden',
      '/files/%',
      '/files/\0',
      '//files//..//secret.txt',
    ]) {
      const response = await rawGet(test.web.port, path);
      expect(response, path).to.match(/^HTTP\/1\.1 40/);
      expect(response, path).not.to.contain('secret').and.not.to.contain('hidden');
    }
    expect((await get(`${test.http}/files/index.html`)).text).to.equal('<p>home</p>');
  });

  it('uses the longest path that matches', async () => {
    await using test = await startWeb({
      '/': { type: 'nodeinfo' },
      a: { type: 'health' },
      'a/b': { type: 'nodeinfo' },
    });
    expect((await get(`${test.http}/a?b`)).text).to.contain('ok');
    expect((await get(`${test.http}/a/c`)).text).to.contain('ok');
    expect((await get(`${test.http}/a/b/c`)).text).to.contain('WAMP router');
    expect((await get(`${test.http}/ab`)).text).to.contain('WAMP router');
    expect(test.web.url).to.equal(`${test.http}/`);
  });

  it('refuses WebSockets without a WebSocket path', async () => {
    await using test = await startWeb({
      ws: { type: 'websocket' },
      other: { type: 'websocket' },
      info: { type: 'nodeinfo' },
    });
    for (const path of ['/', '/info', '/wsx']) {
      using client = await RawSocket.connect(test.web.port);
      client.upgrade(path);
      expect(await client.response(), path).to.match(/^HTTP\/1\.1 404 /);
    }
    await using _client = await WampClient.open(`ws://127.0.0.1:${test.web.port}/other`);
  });

  it('authenticates each path separately', async () => {
    const auth = { ticket: { type: 'static', principals: { joe: { ticket: 's3cr3t', role: 'user' } } } } as const;
    await using test = await startWeb({ open: { type: 'websocket' }, closed: { type: 'websocket', auth } });
    await using _client = await WampClient.open(`ws://127.0.0.1:${test.web.port}/open`);
    await using stranger = await WampClient.connect(`ws://127.0.0.1:${test.web.port}/closed`);
    stranger.send([MessageType.HELLO, 'realm1', { roles: { caller: {} } }]);
    expect((await stranger.next())[0]).to.equal(3);
  });

  it('serves metrics for Prometheus', async () => {
    await using test = await startWeb({ ws: { type: 'websocket' } });
    await using client = await WampClient.open(test.web.url);
    await client.subscribe('com.example.topic');
    await client.publish('com.example.topic', { exclude_me: false });
    const { status, type, text } = await get(`${test.http}/metrics`);
    expect(status).to.equal(200);
    expect(type).to.contain('text/plain');
    for (const line of [
      'wamp_router_sessions 1',
      'wamp_router_subscriptions 1',
      'wamp_router_publications_total 1',
      'wamp_router_events_total 1',
      'wamp_router_sessions_ended_total{cause="lost"} 0',
    ]) {
      expect(text).to.contain(`\n${line}\n`);
    }
    expect((await get(`${test.http}/metrics`)).text).to.contain('\nwamp_router_publications_total 1\n');
  });

  it('names the path of the wrong option', async () => {
    await using test = await startRouter();
    const endpoint = { type: 'tcp', port: 0 } as const;
    const wrong: [path: string, service: unknown][] = [
      ['paths.files.directory', { type: 'static', directory: '/no/such/place' }],
      ['paths.files.directory', { type: 'static' }],
      ['paths.files.type', { type: 'cgi' }],
    ];
    for (const [path, service] of wrong) {
      const listening = test.router.listen({ type: 'web', endpoint, paths: { files: service as WebService } });
      const error = await listening.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RouterOptionError);
      expect((error as Error).message.startsWith(`${path}:`), (error as Error).message).to.equal(true);
    }
  });
});

describe('Web transport: DNS rebinding', () => {
  const paths = {
    publish: { type: 'publisher', realm: 'realm1', role: 'anonymous' },
    info: { type: 'nodeinfo' },
  } as const;
  const names = (port: number) => [
    `evil.example:${port}`,
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ];

  const statusOf = async (port: number, host: string, path: string) => {
    using client = await RawSocket.connect(port);
    client.socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return Number((await client.response()).split(' ')[1]);
  };

  it('refuses other host names for every service', async () => {
    await using test = await startWeb(paths);
    const { port } = test.web;
    for (const host of names(port)) {
      for (const path of ['/publish', '/info', '/health', '/metrics', '/nothing']) {
        expect(await statusOf(port, host, path), `${host} ${path}`).to.equal(421);
      }
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'app.localhost', 'router']) {
      expect(await statusOf(port, host, '/info'), host).to.equal(200);
    }
  });

  it('answers to the names of allowed_hosts only, if configured', async () => {
    await using test = await startRouter();
    const endpoint = { type: 'tcp', port: 0 } as const;
    const web = await test.router.listen({ type: 'web', endpoint, paths, allowed_hosts: ['*.example.com'] });
    expect(await statusOf(web.port, 'API.example.com:80', '/info')).to.equal(200);
    expect(await statusOf(web.port, 'api.example.com.evil', '/info')).to.equal(421);
    expect(await statusOf(web.port, 'localhost', '/info')).to.equal(421);
  });
});
