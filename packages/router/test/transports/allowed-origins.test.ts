import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { RouterOptionError } from '../../src/index.ts';
import { AllowedOrigins } from '../../src/transports/allowed-origins.ts';
import { startRouter } from '../support/router.ts';

const TICKETS = { ticket: { type: 'static', principals: { joe: { ticket: 'secret', role: 'user' } } } } as const;
const ANYBODY = { anonymous: { type: 'static' } } as const;
const tcp = { type: 'tcp', port: 0 } as const;

/** The status of the answer to an upgrade of a page: 101, or that of a refusal. */
function upgrade(url: string, origin?: string, host?: string): Promise<number> {
  const headers = { ...(host !== undefined && { host }), ...(origin !== undefined && { origin }) };
  const webSocket = new WebSocket(url, ['wamp.2.json'], { headers });
  return new Promise((resolve, reject) => {
    webSocket.on('error', reject);
    webSocket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    webSocket.on('open', () => {
      webSocket.close();
      resolve(101);
    });
  });
}

function request(origin: string, host: string, localAddress: string, isTls = false): IncomingMessage {
  const socket = Object.create(isTls ? TLSSocket.prototype : null, { localAddress: { value: localAddress } });
  return { headers: { origin, host }, socket } as IncomingMessage;
}

describe('Allowed origins', () => {
  it('are the origin of the endpoint only, if everybody may join', async () => {
    await using test = await startRouter();
    const ports = [
      (await test.router.listen()).url,
      (await test.router.listen({ type: 'websocket', endpoint: tcp, auth: ANYBODY })).url,
      (await test.router.listen({ type: 'web', endpoint: tcp, paths: { ws: { type: 'websocket' } } })).url,
    ];
    for (const url of ports) {
      const { host } = new URL(url);
      const own = `http://${host}`;
      expect(await upgrade(url), 'no browser').to.equal(101);
      expect(await upgrade(url, own)).to.equal(101);
      for (const origin of [
        'http://evil.example',
        `https://evil.example`,
        'http://127.0.0.1:1',
        'null',
        'nonsense',
        '',
      ]) {
        expect(await upgrade(url, origin), origin).to.equal(403);
      }
    }
  });

  it('do not include other host names (DNS rebinding)', async () => {
    await using test = await startRouter();
    const { port } = test.listener;
    const rebound = `evil.example:${port}`;
    expect(await upgrade(test.url, `http://${rebound}`, rebound)).to.equal(403);
    expect(await upgrade(test.url, `http://localhost:${port}`, `localhost:${port}`)).to.equal(101);
  });

  it('are all if clients have to authenticate, unless configured', async () => {
    await using test = await startRouter();
    const open = await test.router.listen({ auth: TICKETS });
    const closed = await test.router.listen({ auth: TICKETS, allowedOrigins: ['https://app.example'] });
    expect(await upgrade(open.url, 'https://other.example')).to.equal(101);
    expect(await upgrade(closed.url, 'https://other.example')).to.equal(403);
    expect(await upgrade(closed.url, 'https://app.example')).to.equal(101);
  });

  it('may be configured with the patterns of Crossbar.io', async () => {
    await using test = await startRouter();
    const options = { allowed_origins: ['http://localhost:*', 'https://*.example.com'], allow_null_origin: true };
    const { url } = await test.router.listen({ type: 'websocket', endpoint: tcp, options });
    for (const origin of ['http://localhost:3000', 'HTTPS://app.EXAMPLE.com', 'null']) {
      expect(await upgrade(url, origin), origin).to.equal(101);
    }
    for (const origin of ['https://example.com.evil', 'https://example.com', 'http://localhost', new URL(url).origin]) {
      expect(await upgrade(url, origin), origin).to.equal(403);
    }
    const everybody = await test.router.listen({
      type: 'websocket',
      endpoint: tcp,
      options: { allowed_origins: ['*'] },
    });
    expect(await upgrade(everybody.url, 'https://anybody.example')).to.equal(101);
    const wrong = { type: 'websocket', endpoint: tcp, options: { allowed_origins: ['app.example.com'] } } as const;
    const failure = await test.router.listen(wrong).catch((error) => error);
    expect(failure).to.be.instanceOf(RouterOptionError);
    expect(failure.message).to.contain('options.allowed_origins[0]');
  });

  it('are compared with the host of the request, which may be a name except on loopback without TLS', () => {
    const origins = new AllowedOrigins(undefined);
    expect(origins.allows(request('http://app.example', 'app.example', '192.0.2.1'))).to.equal(true);
    expect(origins.allows(request('http://app.example:80', 'app.example', '192.0.2.1'))).to.equal(true);
    expect(origins.allows(request('http://app.example:81', 'app.example', '192.0.2.1'))).to.equal(false);
    expect(origins.allows(request('https://app.example', 'app.example', '127.0.0.1', true))).to.equal(true);
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      expect(origins.allows(request('http://app.example', 'app.example', address)), address).to.equal(false);
      expect(origins.allows(request('http://[::1]:8080', '[::1]:8080', address)), address).to.equal(true);
    }
  });
});
