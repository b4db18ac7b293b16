import { once } from 'node:events';
import { connect } from 'node:net';
import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { type BridgeOptions, type BridgeService, RouterOptionError } from '../../src/index.ts';
import { post, signed, startBridges } from '../support/bridge.ts';
import { until, within } from '../support/deadline.ts';
import { startRouter } from '../support/router.ts';
import { WampClient } from '../support/wamp-client.ts';

const TOPIC = 'com.example.topic';

describe('Publisher bridge', () => {
  it('publishes the body of the request, and answers with the publication id', async () => {
    await using test = await startBridges();
    await using subscriber = await WampClient.attach(test.router);
    await subscriber.subscribe(TOPIC);
    const body = `{"topic":"${TOPIC}","args":[9223372036854775807,"\\u0000AQID"],"kwargs":{"a":null}}`;
    const { status, text } = await post(`${test.http}/publish`, body);
    expect(status).to.equal(200);
    const event = await subscriber.nextText();
    expect(event).to.match(/\[9223372036854775807,"\\u0000AQID"\],\{"a":null\}\]$/);
    expect(JSON.parse(text)).to.eql({ id: JSON.parse(event)[2] });
  });

  it('applies the options of the publication', async () => {
    await using test = await startBridges();
    await using chosen = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    for (const client of [chosen, other]) await client.subscribe(TOPIC);
    await post(`${test.http}/publish`, JSON.stringify({ topic: TOPIC, options: { eligible: [chosen.session] } }));
    expect(await chosen.pending()).to.have.length(1);
    expect(await other.pending()).to.have.length(0);
  });

  it('answers with the WAMP error, and status 200', async () => {
    await using test = await startBridges();
    const { status, text } = await post(`${test.http}/publish`, '{"topic":"not a topic"}');
    expect(status).to.equal(200);
    expect(JSON.parse(text))
      .to.include({ error: 'wamp.error.invalid_uri' })
      .and.have.all.keys('error', 'args', 'kwargs');
  });

  it('has the permissions of its role', async () => {
    const roles = [
      { name: 'anonymous', permissions: [{ uri: 'com.example.other', match: 'exact', allow: { publish: true } }] },
    ];
    await using test = await startBridges({}, { realms: [{ name: 'realm1', roles }] as never });
    const refused = await post(`${test.http}/publish`, JSON.stringify({ topic: TOPIC }));
    expect(JSON.parse(refused.text)).to.include({ error: 'wamp.error.not_authorized' });
    const accepted = await post(`${test.http}/publish`, '{"topic":"com.example.other"}');
    expect(JSON.parse(accepted.text)).to.have.key('id');
  });
});

describe('Caller bridge', () => {
  it('calls the procedure of the body, and answers with the result', async () => {
    await using test = await startBridges();
    await using callee = await WampClient.attach(test.router);
    await callee.register(TOPIC);
    const call = post(
      `${test.http}/api/call`,
      `{"procedure":"${TOPIC}","args":[1,[2]],"kwargs":{"big":12345678901234567890}}`,
    );
    expect((await callee.nextText()).replace(/^.*?\},/, '')).to.equal('[1,[2]],{"big":12345678901234567890}]');
    callee.sendText('[70,1,{},[[1,2],9007199254740993],{"a":1}]');
    expect(await call).to.eql({ status: 200, text: '{"args":[[1,2],9007199254740993],"kwargs":{"a":1}}' });
  });

  it('answers with the error of the callee, and status 200', async () => {
    await using test = await startBridges();
    await using callee = await WampClient.attach(test.router);
    await callee.register(TOPIC);
    const call = post(`${test.http}/api/call`, `{"procedure":"${TOPIC}"}`);
    await callee.next();
    callee.send([MessageType.ERROR, MessageType.INVOCATION, 1, {}, 'com.example.error.oops', [1], { b: 2 }]);
    const { status, text } = await call;
    expect(status).to.equal(200);
    expect(JSON.parse(text)).to.eql({ error: 'com.example.error.oops', args: [1], kwargs: { b: 2 } });
  });

  it('cancels the call when the client disconnects', async () => {
    await using test = await startBridges();
    await using callee = WampClient.over(test.router.attach());
    await callee.join('realm1', { roles: { callee: { features: { call_canceling: true } } } });
    await callee.register(TOPIC);
    const leaving = new AbortController();
    const call = fetch(`${test.http}/api/call`, {
      method: 'POST',
      body: `{"procedure":"${TOPIC}"}`,
      headers: { 'content-type': 'application/json' },
      signal: leaving.signal,
    }).catch((error: Error) => error.name);
    const [, invocation] = await callee.next();
    leaving.abort();
    expect(await call).to.equal('AbortError');
    expect((await callee.next()).slice(0, 2)).to.eql([MessageType.INTERRUPT, invocation]);
    await until(() => test.router.stats().pendingCalls === 0, 'the call is over');
    expect(test.errors).to.eql([]);
  });

  it('answers when the callee disconnects', async () => {
    await using test = await startBridges();
    await using callee = await WampClient.attach(test.router);
    await callee.register(TOPIC);
    const call = post(`${test.http}/api/call`, `{"procedure":"${TOPIC}"}`);
    await callee.next();
    await callee[Symbol.asyncDispose]();
    expect(JSON.parse((await call).text)).to.include({ error: 'wamp.error.canceled' });
  });
});

describe('Request to a bridge', () => {
  const refused: [status: number, why: string, body: string, headers?: Record<string, string>][] = [
    [400, 'is not JSON', '{'],
    [400, 'is not UTF-8', '{"topic":"a","args":["\udc00"]', { 'content-type': 'application/json; charset=latin1' }],
    [400, 'is not an object', '[1]'],
    [400, 'is nested too deeply', `{"topic":"a","args":${'['.repeat(500)}${']'.repeat(500)}}`],
    [400, 'has no topic', '{"procedure":"a"}'],
    [400, 'has args that are not a list', '{"topic":"a.b","args":{}}'],
    [400, 'has kwargs that are not an object', '{"topic":"a.b","kwargs":[]}'],
    [400, 'has a content type that forms can send', '{"topic":"a.b"}', { 'content-type': 'text/plain' }],
    [413, 'is too long', `{"topic":"a.b","args":["${'x'.repeat(2_000)}"]}`],
  ];
  for (const [status, why, body, headers] of refused) {
    it(`is refused with ${status} if it ${why}`, async () => {
      await using test = await startBridges({ post_body_limit: 1_500 });
      const answer = await post(`${test.http}/publish`, body, headers);
      expect(answer.status).to.equal(status);
      expect(JSON.parse(answer.text)).to.have.all.keys('error', 'args', 'kwargs');
      expect(test.router.stats().publications).to.equal(0);
    });
  }

  it('is refused with 405 for other methods than POST and PUT', async () => {
    await using test = await startBridges();
    const response = await fetch(`${test.http}/publish`, { headers: { connection: 'close' } });
    expect(response.status).to.equal(405);
    expect(response.headers.get('allow')).to.equal('POST, PUT');
    await response.text();
  });

  it('has no effect on others if it ends early or is too slow', async () => {
    await using test = await startBridges({}, { limits: { handshakeTimeout: 200 } });
    const head =
      'POST /publish HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"topic"';
    const broken = connect(test.web.port, '127.0.0.1').resume();
    broken.end(head, () => broken.destroy());
    await once(broken, 'close');
    const slow = connect(test.web.port, '127.0.0.1').resume();
    slow.write(head);
    await within(once(slow, 'close'), 'the slow one is closed');
    expect((await post(`${test.http}/publish`, '{"topic":"a.b"}')).status).to.equal(200);
    expect(test.errors).to.eql([]);
  });
});

describe('Signed request to a bridge', () => {
  const body = '{"topic":"a.b","args":["ü"]}';
  const bridge = { key: 'k', secret: 's' };

  it('is accepted with the right signature', async () => {
    await using test = await startBridges(bridge);
    const { status, text } = await post(`${test.http}/publish${signed(body)}`, body);
    expect(status).to.equal(200);
    expect(JSON.parse(text)).to.have.key('id');
  });

  const day = 24 * 3600 * 1000;
  const refused: [status: number, why: string, query: string][] = [
    [400, 'without a signature', ''],
    [400, 'with an old timestamp', signed(body, { timestamp: new Date(Date.now() - day).toISOString() })],
    [400, 'with an invalid timestamp', signed(body, { timestamp: 'yesterday' })],
    [400, 'with a nonce that is not a number', signed(body).replace('nonce=-42', 'nonce=x')],
    [401, 'with another key', signed(body, { key: 'other' })],
    [401, 'with another secret', signed(body, { secret: 'other' })],
    [401, 'for another body', signed('{}')],
  ];
  for (const [status, why, query] of refused) {
    it(`is refused with ${status} ${why}`, async () => {
      await using test = await startBridges(bridge);
      expect((await post(`${test.http}/publish${query}`, body)).status).to.equal(status);
      expect(test.router.stats().publications).to.equal(0);
    });
  }

  it('may have any age with timestamp_delta_limit 0', async () => {
    await using test = await startBridges({ ...bridge, timestamp_delta_limit: 0 });
    const query = signed(body, { timestamp: '2011-10-14T16:59:51.123456Z' });
    expect((await post(`${test.http}/publish${query}`, body)).status).to.equal(200);
  });
});

describe('Bridge', () => {
  it('refuses other addresses with require_ip, and requests without TLS with require_tls', async () => {
    const body = '{"topic":"a.b"}';
    const statusWith = async (options: BridgeOptions) => {
      await using test = await startBridges(options);
      return (await post(`${test.http}/publish`, body)).status;
    };
    expect(await statusWith({ require_ip: ['10.0.0.0/8', '::1'] })).to.equal(403);
    expect(await statusWith({ require_ip: ['10.0.0.0/8', '127.0.0.0/8'] })).to.equal(200);
    expect(await statusWith({ require_tls: true })).to.equal(403);
  });

  const wrong: [path: string, service: object][] = [
    ['paths.p.realm', { realm: 'nowhere', role: 'anonymous' }],
    ['paths.p.role', { realm: 'realm2', role: 'nobody' }],
    ['paths.p.options', { realm: 'realm1', role: 'a', options: { key: 'k' } }],
    ['paths.p.options.require_ip[0]', { realm: 'realm1', role: 'a', options: { require_ip: ['home'] } }],
    ['paths.p.options.colour', { realm: 'realm1', role: 'a', options: { colour: 1 } }],
  ];
  for (const [path, service] of wrong) {
    it(`names the wrong option: ${path}`, async () => {
      await using test = await startRouter({ realms: ['realm1', { name: 'realm2', roles: [] }] });
      const paths = { p: { type: 'publisher', ...service } as BridgeService };
      const listening = test.router.listen({ type: 'web', endpoint: { type: 'tcp', port: 0 }, paths });
      const error = await listening.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RouterOptionError);
      expect((error as Error).message.startsWith(`${path}:`), (error as Error).message).to.equal(true);
    });
  }

  it('refuses other origins unless they are allowed', async () => {
    await using test = await startBridges();
    const body = JSON.stringify({ topic: TOPIC });
    const url = `${test.http}/publish`;
    expect((await post(url, body, { origin: test.http })).status).to.equal(200);
    for (const origin of ['https://evil.example', 'null']) {
      expect((await post(url, body, { origin })).status, origin).to.equal(403);
    }
    await using chosen = await startBridges({ allowed_origins: ['https://app.example'] });
    expect((await post(`${chosen.http}/publish`, body, { origin: 'https://app.example' })).status).to.equal(200);
    expect((await post(`${chosen.http}/publish`, body, { origin: chosen.http })).status).to.equal(403);
    await using secret = await startBridges({ key: 'k', secret: 's' });
    const signedUrl = `${secret.http}/publish${signed(body)}`;
    expect((await post(signedUrl, body, { origin: 'https://any.example' })).status).to.equal(200);
  });

  it('answers before the body of a request with a wrong key has arrived', async () => {
    await using test = await startBridges({ key: 'k', secret: 's' });
    const socket = connect(test.web.port, '127.0.0.1');
    await once(socket, 'connect');
    const query = signed('', { key: 'other' });
    const head = `POST /publish${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    // The body never comes.
    socket.write(`${head}Content-Length: 1000000\r\n\r\n`);
    const [answer] = await within(once(socket, 'data'), 'the answer');
    expect(String(answer)).to.match(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });
});
