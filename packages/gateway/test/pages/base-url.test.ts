import { expect } from 'chai';
import { webSocketBase } from '../../src/pages/base-url.ts';

const base = (headers: object, { secure = false, urlBase = '', basePath = '' } = {}) =>
  webSocketBase({ urlBase, basePath }, { headers: { host: 'localhost:7700', ...headers }, secure });

describe('Address of the WebSockets of a page', () => {
  it('is the address of the request', () => {
    expect(base({})).to.equal('ws://localhost:7700');
    expect(base({}, { secure: true })).to.equal('wss://localhost:7700');
    expect(base({ host: '[::1]:7700' })).to.equal('ws://[::1]:7700');
  });

  it('contains the base path', () => {
    expect(base({}, { basePath: '/events/' })).to.equal('ws://localhost:7700/events');
  });

  it('is taken from the headers of a proxy, with wss for https', () => {
    const proxied = { 'x-forwarded-host': 'example.com', 'x-forwarded-proto': 'https' };
    expect(base(proxied, { basePath: '/events' })).to.equal('wss://example.com/events');
    expect(base({ 'x-forwarded-proto': 'https' })).to.equal('wss://localhost:7700');
    expect(base({ forwarded: 'for=192.0.2.1;host=example.com;proto=https' })).to.equal('wss://example.com');
    expect(base({ forwarded: 'Host="example.com:8443"; Proto=https, host=inner' })).to.equal('wss://example.com:8443');
    expect(base({ ...proxied, forwarded: 'host=other.com;proto=http' })).to.equal('ws://other.com');
  });

  it('is taken from the first of several proxies', () => {
    const proxied = { 'x-forwarded-host': 'example.com, inner', 'x-forwarded-proto': 'https, http' };
    expect(base(proxied)).to.equal('wss://example.com');
  });

  it('is taken from the configuration first', () => {
    const urlBase = 'https://events.example.com/';
    expect(base({ 'x-forwarded-host': 'other.com' }, { urlBase })).to.equal('wss://events.example.com');
    expect(base({}, { urlBase, basePath: '/a' })).to.equal('wss://events.example.com/a');
    expect(base({}, { urlBase: 'http://example.com:81' })).to.equal('ws://example.com:81');
  });

  for (const host of ['a b', '"><script>', 'user@evil.com', 'a:b:c']) {
    it(`ignores an invalid host: ${host}`, () => {
      expect(base({ 'x-forwarded-host': host })).to.equal('ws://localhost:7700');
    });
  }
});
