import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { ConfigurationError, RouterUnreachableError } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type JoinVariant, joinUrl } from '../support/join.ts';
import { type ScriptedRouter, startScriptedRouter } from '../support/scripted-router.ts';

const tls = {
  cert: certificate('server'),
  key: certificate('server-key'),
  ca: certificate('authority'),
  requestCert: true,
  rejectUnauthorized: false,
};
const ca_certificates = [certificatePath('authority')];

/** Joins and returns the router's end. */
async function joined(router: ScriptedRouter, url: string, variant: JoinVariant) {
  const joining = joinUrl(url, variant);
  const peer = await Promise.race([router.peer(), joining.then(() => router.peer())]);
  await peer.welcome();
  await joining;
  return peer;
}

describe('WebSocket over TLS to a router (AutobahnJS trap 10)', () => {
  it('trusts the configured certificate authorities', async () => {
    await using router = await startScriptedRouter({ tls });
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: router.port, tls: { ca_certificates } };
    const peer = await joined(router, router.url, { endpoint });
    expect((peer.socket as TLSSocket).encrypted).to.equal(true);
    expect((peer.socket as TLSSocket).authorized).to.equal(false);
  });

  it('verifies the certificate for the configured name', async () => {
    await using router = await startScriptedRouter({ tls });
    const address = { type: 'tcp', host: '127.0.0.1', port: router.port };
    const named = { ...address, tls: { ca_certificates, hostname: 'server.example.com' } };
    await joined(router, `wss://127.0.0.1:${router.port}/ws`, { endpoint: named });
    const misnamed = { ...address, tls: { ca_certificates, hostname: 'other.example.com' } };
    const error = await rejection(joinUrl(router.url, { endpoint: misnamed }));
    expect(error.message).to.include('other.example.com');
  });

  it('refuses a certificate that is missing or does not match the key', async () => {
    await using router = await startScriptedRouter({ tls });
    const join = (own: object) => {
      const endpoint = { type: 'tcp', host: '127.0.0.1', port: router.port, tls: { ca_certificates, ...own } };
      return rejection(joinUrl(router.url, { endpoint }));
    };
    const missing = await join({ certificate: '/no/such/client.pem', key: certificatePath('client-key') });
    expect(missing).to.be.instanceOf(ConfigurationError);
    expect(missing.message).to.match(/transport\.endpoint\.tls\.certificate: expected PEM text .*ENOENT/);
    const mismatched = await join({ certificate: certificate('client'), key: certificate('server-key') });
    expect(mismatched).to.be.instanceOf(ConfigurationError);
    expect(mismatched.message).to.include('transport.endpoint.tls: keys and certificates that cannot be used');
  });

  it('sends its own certificate', async () => {
    await using router = await startScriptedRouter({ tls });
    const own = { certificate: certificatePath('client'), key: certificatePath('client-key') };
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: router.port, tls: { ca_certificates, ...own } };
    const peer = await joined(router, router.url, { endpoint });
    expect((peer.socket as TLSSocket).authorized).to.equal(true);
  });

  it('does not trust other authorities', async () => {
    await using router = await startScriptedRouter({ tls });
    for (const endpoint of [undefined, { type: 'tcp', host: '127.0.0.1', port: router.port, tls: true }]) {
      const error = await rejection(joinUrl(router.url, endpoint ? { endpoint } : {}));
      expect(error).to.be.instanceOf(RouterUnreachableError);
      expect(error.message).to.match(/certificate/);
    }
  });
});

describe('WebSocket to a router', () => {
  it('connects to the configured endpoint instead of the host of the URL', async () => {
    await using router = await startScriptedRouter();
    const endpoint = { type: 'tcp', host: '127.0.0.1', port: router.port };
    await joined(router, 'ws://router.example.com/ws', { endpoint });
  });

  it('connects to a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgwamp-'));
    try {
      const path = join(folder, 'router.sock');
      await using router = await startScriptedRouter({ path });
      await joined(router, 'ws://localhost/ws', { endpoint: { type: 'unix', path } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('sends pings, and stays open while pongs arrive (AutobahnJS trap 10)', async () => {
    await using router = await startScriptedRouter();
    const peer = await joined(router, router.url, { options: { auto_ping_interval: 20, auto_ping_timeout: 1000 } });
    let pings = 0;
    peer.webSocket.on('ping', () => {
      pings += 1;
    });
    await waitFor(() => pings >= 5, { what: 'five pings' });
    expect(peer.closed).to.equal(undefined);
  });

  it('closes without a pong', async () => {
    await using router = await startScriptedRouter({ autoPong: false });
    const peer = await joined(router, router.url, { options: { auto_ping_interval: 20, auto_ping_timeout: 50 } });
    await waitFor(() => peer.closed, { what: 'the client to give up' });
  });

  it('sends no pings with auto_ping_interval 0', async () => {
    await using router = await startScriptedRouter({ autoPong: false });
    const peer = await joined(router, router.url, { options: { auto_ping_interval: 0, auto_ping_timeout: 1 } });
    expect(await peer.isOpen()).to.equal(true);
  });

  it('closes after a message larger than max_received_size, or after a binary one', async () => {
    await using router = await startScriptedRouter();
    const large = await joined(router, router.url, { options: { max_received_size: 1024 } });
    large.send(`[36,1,2,{},["${'x'.repeat(2000)}"]]`);
    expect((await waitFor(() => large.closed, { what: 'the client to close' })).code).to.equal(1009);

    const joining = joinUrl(router.url);
    const binary = await router.peer(1);
    await binary.welcome();
    await joining;
    binary.webSocket.send(Buffer.from([1, 2, 3]));
    expect((await waitFor(() => binary.closed, { what: 'the client to close' })).code).to.equal(1003);
  });

  it('fails if the server is not a router, and without an answer within the timeout', async () => {
    await using refusing = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    const { port } = refusing.address() as { port: number };
    const error = await rejection(joinUrl(`ws://127.0.0.1:${port}/ws`));
    expect(error).to.be.instanceOf(RouterUnreachableError);
    refusing.closeAllConnections();

    await using silent = createServer().listen(0, '127.0.0.1');
    silent.on('upgrade', (_, socket) =>
      socket
        .resume()
        .on('end', () => socket.destroy())
        .on('error', () => undefined),
    );
    await once(silent, 'listening');
    const address = silent.address() as { port: number };
    const late = await rejection(
      joinUrl(`ws://127.0.0.1:${address.port}/ws`, { options: { open_handshake_timeout: 100 } }),
    );
    expect(late).to.be.instanceOf(RouterUnreachableError);
    expect(late.message).to.include('no WebSocket within 100 ms');
  });

  it('fails without a connection within the timeout', async () => {
    await using silent = createTcpServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const endpoint = { type: 'tcp', host: '127.0.0.1', port, timeout: 0.1, tls: true };
    const error = await rejection(joinUrl('wss://router.example.com/ws', { endpoint }));
    expect(error).to.be.instanceOf(RouterUnreachableError);
    expect(error.message).to.include('no connection within 0.1 s');
  });
});
