import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createRouter, ListenError, RouterOptionError } from '../src/index.ts';
import { until, within } from './support/deadline.ts';
import { RawSocket } from './support/raw-socket.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const TOPIC = 'com.example.topic';
const HELLO = Buffer.from('[1,"realm1",{"roles":{"caller":{}}}]');

describe('WebSocket transport', () => {
  it('listens on 127.0.0.1 and a free port by default', async () => {
    await using test = await startRouter();
    expect(test.url).to.equal(`ws://127.0.0.1:${test.listener.port}/ws`);
    expect(test.listener.port).to.be.above(0);
  });

  it('uses the first subprotocol that it supports', async () => {
    await using test = await startRouter();
    using client = await RawSocket.connect(test.listener.port);
    client.upgrade('/ws', ['Sec-WebSocket-Protocol: wamp.2.unheard, wamp.2.json, wamp.2.json.batched']);
    await until(() => client.received.includes('\r\n\r\n'), 'the response');
    expect(client.received).to.match(/^HTTP\/1\.1 101 .*\r\nSec-WebSocket-Protocol: wamp\.2\.json\r\n/s);
  });

  it('refuses clients without a supported subprotocol', async () => {
    await using test = await startRouter();
    for (const headers of [[], ['Sec-WebSocket-Protocol: wamp.2.unheard'], ['Sec-WebSocket-Protocol: ,,']]) {
      using client = await RawSocket.connect(test.listener.port);
      client.upgrade('/ws', headers);
      const response = await client.response();
      expect(response).to.match(/^HTTP\/1\.1 400 /);
      expect(response).to.contain('wamp.2.json');
    }
    expect(test.router.stats().connections).to.equal(0);
  });

  it('refuses other paths, and requests without an upgrade', async () => {
    await using test = await startRouter();
    using client = await RawSocket.connect(test.listener.port);
    client.upgrade('/elsewhere');
    expect(await client.response()).to.match(/^HTTP\/1\.1 404 /);
    const response = await fetch(`http://127.0.0.1:${test.listener.port}/ws`);
    expect(response.status).to.equal(426);
    await response.text();
  });

  it('ignores the query of the URL', async () => {
    await using test = await startRouter();
    await using client = await WampClient.connect(`${test.url}?token=1`);
    await client.join();
  });

  it('refuses connections beyond the limit', async () => {
    await using test = await startRouter({ limits: { maxSessions: 1 } });
    await using first = await WampClient.open(test.url);
    using second = await RawSocket.connect(test.listener.port);
    second.upgrade('/ws');
    expect(await second.response()).to.match(/^HTTP\/1\.1 503 /);
    expect((await first.publish(TOPIC))[0]).to.equal(17);
  });

  it('closes with 1003 after a binary frame, with 1007 after invalid UTF-8, with 1009 after a message that is too long', async () => {
    await using test = await startRouter({ limits: { maxMessageSize: 1000 } });
    await using witness = await WampClient.attach(test.router);
    const frames: [code: number, opcode: number, payload: Uint8Array][] = [
      [1003, 2, Buffer.from('[16,1,{},"com.example.topic"]')],
      [1007, 1, Buffer.from([0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d])],
      [1009, 1, Buffer.alloc(1001, ' ')],
    ];
    for (const [code, opcode, payload] of frames) {
      using client = await RawSocket.connect(test.listener.port);
      client.upgrade('/ws');
      client.frame(1, HELLO);
      await until(() => client.received.includes('[2,'), 'WELCOME');
      client.frame(opcode, payload);
      const close = Buffer.from([code >> 8, code & 0xff]).toString('latin1');
      await until(() => client.received.includes(close), `a close frame with ${code}`);
      // `ws` closes by itself over frames that it cannot take.
      expect(client.received.includes('[3,')).to.equal(code === 1003);
    }
    await until(() => test.router.stats().connections === 1, 'the connections are gone');
    expect(test.ends.map(({ cause }) => cause)).to.eql(['violation', 'lost', 'lost']);
    expect((await witness.publish(TOPIC))[0]).to.equal(17);
  });

  it('closes connections that are silent or do not finish the handshake', async () => {
    await using test = await startRouter({ limits: { handshakeTimeout: 200 } });
    using silent = await RawSocket.connect(test.listener.port);
    using slow = await RawSocket.connect(test.listener.port);
    slow.socket.write('GET /ws HTTP/1.1\r\nHost: localhost\r\n');
    await within(Promise.all([silent.closed, slow.closed]), 'both are closed');
  });

  it('pings a silent client, and closes it without a pong', async () => {
    await using test = await startRouter({ limits: { pingInterval: 30, pingTimeout: 60 } });
    await using alive = await WampClient.open(test.url);
    using dead = await RawSocket.connect(test.listener.port);
    dead.upgrade('/ws');
    dead.frame(1, HELLO);
    await until(() => test.ends.length > 0, 'the dead one is cut off');
    expect(dead.received).to.contain('\x89\x00');
    expect(test.ends).to.have.length(1);
    expect(test.ends[0]).to.include({ cause: 'lost', message: 'no answer to a ping' });
    expect((await alive.publish(TOPIC))[0]).to.equal(17);
  });

  it('closes a client that does not answer the close', async () => {
    await using test = await startRouter({ limits: { closeTimeout: 50 } });
    using client = await RawSocket.connect(test.listener.port);
    client.upgrade('/ws');
    client.frame(1, Buffer.from('[]'));
    await until(() => client.received.includes('wamp.error.protocol_violation'), 'ABORT');
    await within(client.closed, 'the connection is cut');
    await until(() => test.router.stats().connections === 0, 'it is forgotten');
  });

  it('reports why it cannot listen', async () => {
    await using test = await startRouter();
    const error = await test.router.listen({ port: test.listener.port }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ListenError);
    expect((error as ListenError).code).to.equal('PGWAMP_ROUTER_LISTEN');
    expect(((error as ListenError).cause as NodeJS.ErrnoException).code).to.equal('EADDRINUSE');
    const wrong = await test.router.listen({ path: 'ws' }).catch((reason: unknown) => reason);
    expect(wrong).to.be.instanceOf(RouterOptionError);
  });

  it('closes one endpoint, and keeps others', async () => {
    await using test = await startRouter();
    await using other = await test.router.listen({ path: '/other' });
    await using here = await WampClient.open(test.url);
    await using there = await WampClient.open(other.url);
    await other.close();
    expect((await there.closed).code).to.equal(1001);
    expect((await here.publish(TOPIC))[0]).to.equal(17);
  });
});

describe("WebSocket transport on the application's own HTTP server", () => {
  it('shares the port with a web page, and with other upgrades', async () => {
    await using router = createRouter({ realms: ['realm1'] });
    await using server = createServer((_request, response) => response.end('a page'));
    server.on('upgrade', (request, socket) => {
      if (request.url === '/elsewhere') socket.end('HTTP/1.1 418 Mine\r\n\r\n');
    });
    const listening = router.listen({ server, path: '/wamp' });
    server.listen(0, '127.0.0.1');
    const { url, port, close } = await listening;
    expect(url).to.equal(`ws://127.0.0.1:${port}/wamp`);
    expect(port).to.equal((server.address() as AddressInfo).port);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(await page.text()).to.equal('a page');
    using other = await RawSocket.connect(port);
    other.upgrade('/elsewhere');
    expect(await other.response()).to.match(/^HTTP\/1\.1 418 Mine/);
    const client = await WampClient.open(url);
    expect((await client.publish(TOPIC))[0]).to.equal(17);
    await close();
    expect((await client.closed).code).to.equal(1001);
    expect(server.listening).to.equal(true);
    server.closeAllConnections();
  });

  it('shares the server with other endpoints, and refuses unknown paths', async () => {
    await using server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using router = createRouter({ realms: ['realm1'] });
    await using other = createRouter({ realms: ['realm2'] });
    const { url } = await router.listen({ server, path: '/one' });
    await other.listen({ server, path: '/two' });
    await using client = await WampClient.connect(url);
    await client.join('realm1');
    await using neighbour = await WampClient.connect(url.replace('/one', '/two'));
    await neighbour.join('realm2');
    using lost = await RawSocket.connect((server.address() as AddressInfo).port);
    lost.upgrade('/three');
    expect(await lost.response()).to.match(/^HTTP\/1\.1 404 /);
  });

  it('keeps the server open when the router closes', async () => {
    await using server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const router = createRouter({ realms: ['realm1'] });
    await router.listen({ server });
    await router.close();
    expect(server.listening).to.equal(true);
    expect(server.listenerCount('upgrade')).to.equal(0);
  });
});
