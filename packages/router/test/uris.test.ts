import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const REQUESTS = [
  [16, { acknowledge: true }],
  [32, {}],
  [48, {}],
  [64, {}],
] as const;

describe('URIs', () => {
  for (const uri of ['', '.', 'com.', '.com', 'com..example', 'com.exa mple', 'com.#', 'com.example\n']) {
    it(`refuse ${JSON.stringify(uri)} in every request`, async () => {
      await using test = await startRouter();
      await using client = await WampClient.attach(test.router);
      for (const [type, options] of REQUESTS) {
        const [code, request, , , error] = await client.request(type, options, uri);
        expect([code, request, error]).to.eql([8, type, Uri.INVALID_URI]);
      }
    });
  }

  it('are refused in every request beyond the maximum length', async () => {
    await using test = await startRouter({ limits: { maxUriLength: 20 } });
    await using client = await WampClient.attach(test.router);
    for (const [type, options] of REQUESTS) {
      const [code, request, , , error] = await client.request(type, options, 'com.example.too_long_');
      expect([code, request, error]).to.eql([8, type, Uri.INVALID_URI]);
    }
    expect((await client.request(32, {}, 'com.example.not_long'))[0]).to.equal(33);
  });

  it('are loose by default, and strict if configured', async () => {
    await using loose = await startRouter();
    await using strict = await startRouter({ uris: 'strict' });
    for (const uri of ['com.Example', 'com.ex-ample', 'com.exämple', 'com.example.🐘']) {
      await using relaxed = await WampClient.attach(loose.router);
      await using severe = await WampClient.attach(strict.router);
      expect((await relaxed.request(32, {}, uri))[0]).to.equal(33);
      expect((await severe.request(32, {}, uri))[4]).to.equal(Uri.INVALID_URI);
      expect((await severe.request(32, {}, 'com.example_1'))[0]).to.equal(33);
    }
  });

  it('that begin with "wamp." cannot be published to or registered', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    for (const uri of ['wamp', 'wamp.session.on_join']) {
      expect((await client.publish(uri))[4]).to.equal(Uri.INVALID_URI);
      expect((await client.request(64, {}, uri))[4]).to.equal(Uri.INVALID_URI);
      expect((await client.request(32, {}, uri))[0]).to.equal(33);
      expect((await client.request(48, {}, uri))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
    }
    expect((await client.publish('wampum.example'))[0]).to.equal(17);
  });
});
