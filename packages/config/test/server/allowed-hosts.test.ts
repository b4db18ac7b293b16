import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { AllowedHosts } from '../../src/index.ts';

function request(host: string | undefined, localAddress: string | undefined, isTls = false) {
  const socket = Object.create(isTls ? TLSSocket.prototype : null, { localAddress: { value: localAddress } });
  return { headers: host === undefined ? {} : { host }, socket } as IncomingMessage;
}

describe('Allowed hosts of a server', () => {
  const open = new AllowedHosts(undefined);

  it('are addresses and names that are not domains, on a loopback address', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
      for (const host of ['127.0.0.1:80', '[::1]', '[::1]:8080', 'localhost:1', 'LOCALHOST', 'a.localhost', 'db']) {
        expect(open.allows(request(host, address)), `${host} ${address}`).to.equal(true);
      }
      for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example']) {
        expect(open.allows(request(host, address)), `${host} ${address}`).to.equal(false);
      }
    }
  });

  it('are all others, over TLS and by a Unix socket', () => {
    expect(open.allows(request('app.example', '192.0.2.1'))).to.equal(true);
    expect(open.allows(request('app.example', '127.0.0.1', true))).to.equal(true);
    expect(open.allows(request('app.example', undefined))).to.equal(true);
  });

  it('are only those of the list if there is one', () => {
    const hosts = new AllowedHosts(['app.example', '*.test']);
    for (const host of ['app.example', 'APP.example:8080', 'a.b.test']) {
      expect(hosts.allows(request(host, '127.0.0.1')), host).to.equal(true);
    }
    for (const host of ['appxexample', 'app.example.evil', 'test', 'localhost', '', `${'a'.repeat(2000)}.test`]) {
      expect(hosts.allows(request(host, '192.0.2.1', true)), host).to.equal(false);
    }
    expect(hosts.allows(request(undefined, '192.0.2.1'))).to.equal(false);
  });
});
