import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, RouterUnreachableError, WampError } from '@pgwamp/core';
import { freePort, waitFor } from '@pgwamp/harness';
import { certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createRouter, type ListenOptions } from '@pgwamp/router';
import { expect } from 'chai';
import { joinRawSocket } from '../support/join.ts';

const topic = 'com.example.topic';

/** A router that listens by RawSocket. */
async function startRouter(endpoint: object, serializers?: string[]) {
  const router = createRouter({ realms: ['realm1'] });
  const options = { type: 'rawsocket', endpoint, ...(serializers && { serializers }) } as ListenOptions;
  const { port } = await router.listen(options);
  return { port, router, [Symbol.asyncDispose]: () => router.close() };
}

/** A server that only sends the data of the test. */
async function startScripted() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => socket.destroy())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    endpoint: { type: 'tcp', host: '127.0.0.1', port },
    peer: () => waitFor(() => sockets[0], { what: 'a client to connect' }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A header, and a WAMP message. */
function frame(message: unknown[], type = 0): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const header = Buffer.alloc(4);
  header.writeUInt32BE(type * 2 ** 24 + text.length);
  return Buffer.concat([header, text]);
}

describe('RawSocket to a router', () => {
  it('carries publications, calls and errors', async () => {
    await using test = await startRouter({ type: 'tcp', port: 0 });
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: test.port };
    await using session = await joinRawSocket(endpoint);
    await using other = await joinRawSocket(endpoint);
    const events: unknown[] = [];
    await other.subscribe(topic, (args) => events.push(args));
    await other.register('com.example.add2', ([a, b]) => Number(a) + Number(b));
    await session.publishText('', topic, '[9007199254740993, 1.10]', '');
    expect((await session.call('com.example.add2', [2, 3])).args).to.deep.equal([5]);
    expect(events).to.have.length(1);
    expect(await rejection(session.call('com.example.nothing'))).to.include({ error: 'wamp.error.no_such_procedure' });
  });

  it('connects to a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgwamp-'));
    try {
      const endpoint = { type: 'unix', path: join(folder, 'router.sock') };
      await using _test = await startRouter(endpoint);
      await using session = await joinRawSocket(endpoint);
      expect(session.id).to.be.above(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('connects over TLS, and verifies the certificate for the configured name', async () => {
    const tls = { certificate: certificatePath('server'), key: certificatePath('server-key') };
    await using test = await startRouter({ type: 'tcp', port: 0, tls });
    const secure = (hostname: string) => ({
      type: 'tcp',
      host: '127.0.0.1',
      port: test.port,
      tls: { hostname, ca_certificates: [certificatePath('authority')] },
    });
    await using session = await joinRawSocket(secure('server.example.com'));
    expect(session.id).to.be.above(0);
    expect((await rejection(joinRawSocket(secure('other.example.com')))).message).to.include('other.example.com');
  });

  it('refuses a configured certificate that is missing', async () => {
    const tls = { ca_certificates: [certificatePath('authority'), '/no/such/authority.pem'] };
    const error = await rejection(joinRawSocket({ type: 'tcp', host: '127.0.0.1', port: await freePort(), tls }));
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message).to.match(/transport\.endpoint\.tls\.ca_certificates\[1\]: expected PEM text .*ENOENT/);
  });

  it('carries a message of the maximum length, and refuses a longer one', async () => {
    await using test = await startRouter({ type: 'tcp', port: 0 });
    await using session = await joinRawSocket({ type: 'tcp', host: '127.0.0.1', port: test.port });
    await session.register('com.example.echo', ([text]) => text);
    const long = 'x'.repeat(2 ** 24 - 200);
    expect((await session.call('com.example.echo', [long])).args[0]).to.equal(long);
    const error = await rejection(session.call('com.example.echo', ['x'.repeat(2 ** 24)]));
    expect(error).to.be.instanceOf(WampError).with.property('error', 'wamp.error.payload_size_exceeded');
  });

  it('reports why the router refuses the handshake', async () => {
    await using test = await startRouter({ type: 'tcp', port: 0 }, ['cbor']);
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: test.port };
    const error = await rejection(joinRawSocket(endpoint));
    expect(error).to.be.instanceOf(RouterUnreachableError);
    expect(error.message)
      .to.include(`rs://127.0.0.1:${test.port}`)
      .and.include('refused json: it does not speak this serializer');
  });

  it('fails if the port is closed, and without an answer within the timeout', async () => {
    const nobody = { type: 'tcp', host: '127.0.0.1', port: await freePort() };
    expect(await rejection(joinRawSocket(nobody))).to.be.instanceOf(RouterUnreachableError);
    await using silent = await startScripted();
    const error = await rejection(joinRawSocket(silent.endpoint, { options: { open_handshake_timeout: 50 } }));
    expect(error.message).to.include('no RawSocket within 50 ms');
  });

  it('fails if the server speaks another protocol or closes the connection', async () => {
    await using web = await startScripted();
    const joining = rejection(joinRawSocket(web.endpoint));
    (await web.peer()).write('HTTP/1.1 400 Bad Request');
    expect((await joining).message).to.include('it does not speak RawSocket');
    await using busy = await startScripted();
    const refused = rejection(joinRawSocket(busy.endpoint));
    (await busy.peer()).end();
    expect((await refused).message).to.include('closed during the handshake');
  });

  it('assembles frames from any pieces, answers pings, and ends without a pong', async () => {
    await using scripted = await startScripted();
    const options = { auto_ping_interval: 20, auto_ping_timeout: 100 };
    const joining = joinRawSocket(scripted.endpoint, { options });
    const peer = await scripted.peer();
    const received: Buffer[] = [];
    peer.on('data', (bytes) => received.push(bytes));
    peer.write(Buffer.from([0x7f, 0xf1, 0, 0]));
    for (const byte of frame([2, 7, { roles: {} }])) peer.write(Buffer.of(byte));
    const session = await joining;
    expect(session.id).to.equal(7);
    peer.write(frame(['are you there'], 1));
    const isPong = () => Buffer.concat(received).includes(frame(['are you there'], 2));
    await waitFor(isPong, { what: 'the pong' });
    await waitFor(() => session.lost.aborted, { what: 'the session to be lost' });
    expect((session.lost.reason as Error).message).to.include('no pong within 100 ms');
  });

  it('ends the session after a frame longer than max_received_size', async () => {
    await using scripted = await startScripted();
    const joining = joinRawSocket(scripted.endpoint, { options: { max_received_size: 1024 } });
    const peer = await scripted.peer();
    peer.write(Buffer.from([0x7f, 0xf1, 0, 0]));
    peer.write(frame([2, 7, { roles: {} }]));
    const session = await joining;
    peer.write(Buffer.from([0, 0xff, 0xff, 0xff]));
    await waitFor(() => session.lost.aborted, { what: 'the session to be lost' });
    expect((session.lost.reason as Error).message).to.include(
      'a frame of 16777215 bytes is longer than the 1024 allowed',
    );
  });
});
