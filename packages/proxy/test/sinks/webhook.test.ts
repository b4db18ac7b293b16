import { createHmac } from 'node:crypto';
import { Lost, Refused } from '@pgwamp/core';
import { startTcpProxy, startWebhookReceiver, waitFor } from '@pgwamp/harness';
import { certificate, certificatePath } from '@pgwamp/harness/fixtures/certificates';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { BrokerRefusedError } from '../../src/errors.ts';
import { keptLog, openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

describe('Webhook sink', function () {
  this.timeout(60_000);

  it('posts the payload with id, content type and headers', async () => {
    await using receiver = await startWebhookReceiver();
    const headers = { authorization: 'Basic eA==' };
    await using sink = await openSink({ kind: 'webhook', url: `${receiver.url}/hooks`, headers });
    const message = outgoing('orders/new', { headers: { 'ce-type': 'order' } });
    await sink.send(message);
    const [request] = receiver.requests;
    expect(request).to.include({ method: 'POST', path: '/hooks/orders/new' });
    expect(String(request?.body)).to.equal(message.payload);
    expect(request?.headers).to.deep.include({
      'webhook-id': message.id,
      'idempotency-key': message.id,
      'content-type': 'application/json',
      'ce-type': 'order',
      authorization: 'Basic eA==',
    });
  });

  it('signs requests as Standard Webhooks specifies', async () => {
    await using receiver = await startWebhookReceiver();
    const key = Buffer.alloc(32, 7);
    const secret = `whsec_${key.toString('base64')}`;
    await using sink = await openSink({ kind: 'webhook', url: receiver.url, secret });
    const message = outgoing('');
    await sink.send(message);
    const { 'webhook-timestamp': time, 'webhook-signature': signature } = receiver.requests[0]?.headers ?? {};
    expect(Math.abs(Number(time) - Date.now() / 1000)).to.be.below(60);
    const expected = createHmac('sha256', key).update(`${message.id}.${time}.${message.payload}`).digest('base64');
    expect(signature).to.equal(`v1,${expected}`);
  });

  it('keeps the order of each key, and sends different keys concurrently', async () => {
    await using receiver = await startWebhookReceiver();
    const first = Promise.withResolvers<void>();
    receiver.answer = async ({ body }) => {
      if (String(body) === 'a1') await first.promise;
      return { status: 200 };
    };
    await using sink = await openSink({ kind: 'webhook', url: receiver.url });
    const send = (payload: string) => sink.send(outgoing('', { payload, orderKey: payload.slice(0, 1) }));
    const waiting = ['a1', 'a2', 'a3'].map(send);
    await Promise.all(['b1', 'b2', 'c1'].map(send));
    expect(receiver.requests.map(({ body }) => String(body))).not.to.include('a2');
    first.resolve();
    await Promise.all(waiting);
    const ofA = receiver.requests.map(({ body }) => String(body)).filter((text) => text.startsWith('a'));
    expect(ofA).to.deep.equal(['a1', 'a2', 'a3']);
  });

  it('sends a message of a changed key between those of the old and of the new key', async () => {
    await using receiver = await startWebhookReceiver();
    const held = Promise.withResolvers<void>();
    receiver.answer = async ({ body }) => {
      if (String(body) !== 'other') await held.promise;
      return { status: 200 };
    };
    await using sink = await openSink({ kind: 'webhook', url: receiver.url });
    const send = (payload: string, orderKey: string, newOrderKey?: string) =>
      sink.send(outgoing('', { payload, orderKey, newOrderKey }));
    const waiting = [
      send('old', 'a'),
      send('new', 'b'),
      send('change', 'a', 'b'),
      send('a later', 'a'),
      send('b later', 'b'),
    ];
    await send('other', 'c');
    const bodies = () => receiver.requests.map(({ body }) => String(body));
    expect(bodies()).to.have.members(['old', 'new', 'other']);
    held.resolve();
    await Promise.all(waiting);
    expect(bodies()[3]).to.equal('change');
    expect(bodies().slice(4)).to.have.members(['a later', 'b later']);
  });

  it('retries temporary failures after the time in Retry-After, and logs them', async () => {
    await using receiver = await startWebhookReceiver();
    const answers = [
      { status: 503, body: 'busy' },
      { status: 429, headers: { 'retry-after': '0' } },
      { status: 404, headers: { 'retry-after': new Date(0).toUTCString() } },
    ];
    receiver.answer = () => answers.shift() ?? { status: 202 };
    const { log, lines } = keptLog();
    await using sink = await openSink({ kind: 'webhook', url: receiver.url }, log);
    const message = outgoing('');
    await sink.send(message);
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids).to.deep.equal([message.id, message.id, message.id, message.id]);
    expect(lines.some(({ msg }) => msg.includes('answers 503 busy; trying again'))).to.equal(true);
  });

  it('refuses only a message that the endpoint refuses permanently', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answer = ({ body }) => ({ status: String(body) === 'bad' ? 422 : 200, body: 'no amount' });
    await using sink = await openSink({ kind: 'webhook', url: receiver.url });
    const [bad, good] = await Promise.allSettled([
      sink.send(outgoing('', { payload: 'bad' })),
      sink.send(outgoing('', { payload: 'good' })),
    ]);
    expect((bad as PromiseRejectedResult).reason).to.be.instanceOf(Refused);
    expect((bad as PromiseRejectedResult).reason.message).to.contain('422 no amount');
    expect(good?.status).to.equal('fulfilled');
  });

  it('blames a message for which the endpoint fails longer than retry_for', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answer = () => ({ status: 500 });
    await using sink = await openSink({ kind: 'webhook', url: receiver.url, retry_for: 0 });
    const error = await rejection(sink.send(outgoing('')));
    expect(error).to.be.instanceOf(Lost);
    expect((error as Lost).blamesMessage).to.equal(true);
  });

  for (const path of ['../admin', '/../../x', 'a/../../b']) {
    it(`refuses the path ${path}, which leaves its URL`, async () => {
      await using receiver = await startWebhookReceiver();
      await using sink = await openSink({ kind: 'webhook', url: `${receiver.url}/hooks` });
      expect(await rejection(sink.send(outgoing(path)))).to.be.instanceOf(Refused);
      expect(receiver.requests).to.have.length(0);
    });
  }

  it('refuses a header that HTTP does not allow', async () => {
    await using receiver = await startWebhookReceiver();
    await using sink = await openSink({ kind: 'webhook', url: receiver.url });
    expect(await rejection(sink.send(outgoing('', { headers: { x: 'a\nb' } })))).to.be.instanceOf(Refused);
    await sink.send(outgoing(''));
  });

  it('requests an access token once, and another one when it is no longer accepted', async () => {
    await using receiver = await startWebhookReceiver();
    await using tokens = await startWebhookReceiver();
    tokens.answer = ({ headers }) => {
      const isRight = headers.authorization === `Basic ${Buffer.from('proxy:right').toString('base64')}`;
      const body = JSON.stringify({ access_token: `t${tokens.requests.length}`, expires_in: 3600 });
      return isRight ? { status: 200, body } : { status: 401 };
    };
    let accepted = 'Bearer t1';
    receiver.answer = ({ headers }) => ({
      status: headers.authorization === accepted ? 200 : 401,
      headers: { 'retry-after': '0' },
    });
    const oauth2 = { token_url: `${tokens.url}/token`, client_id: 'proxy', client_secret: 'right', scope: 'write' };
    await using sink = await openSink({ kind: 'webhook', url: receiver.url, oauth2 });
    await Promise.all([sink.send(outgoing('')), sink.send(outgoing(''))]);
    expect(tokens.requests.map(({ body }) => String(body))).to.deep.equal([
      'grant_type=client_credentials&scope=write',
    ]);
    accepted = 'Bearer t2';
    await sink.send(outgoing(''));
    const wrong = { ...oauth2, client_secret: 'wrong' };
    const error = await rejection(openSink({ kind: 'webhook', url: receiver.url, oauth2: wrong }));
    expect(error).to.be.instanceOf(BrokerRefusedError);
  });

  it("verifies the endpoint's certificate, and sends its own", async () => {
    const tls = { cert: certificate('server'), key: certificate('server-key'), ca: certificate('authority') };
    await using receiver = await startWebhookReceiver({ ...tls, requestCert: true, rejectUnauthorized: true });
    const url = receiver.url.replace('127.0.0.1', 'localhost');
    await using careless = await openSink({ kind: 'webhook', url });
    expect(await rejection(careless.send(outgoing('')))).to.be.instanceOf(Lost);
    const own = { certificate: certificatePath('client'), key: certificatePath('client-key') };
    const trusted = { ca_certificates: [certificatePath('authority')], ...own };
    await using sink = await openSink({ kind: 'webhook', url, tls: trusted });
    await sink.send(outgoing(''));
  });

  it('is lost without an answer, when the connection is cut, and while the port is closed', async () => {
    await using receiver = await startWebhookReceiver();
    await using proxy = await startTcpProxy(receiver);
    const options = { kind: 'webhook', url: `http://127.0.0.1:${proxy.port}`, request_timeout: 300 };
    for (const break_ of ['swallow', 'cut', 'refuse'] as const) {
      await using sink = await openSink({ ...options, request_timeout: break_ === 'swallow' ? 300 : 30_000 });
      await sink.send(outgoing(''));
      if (break_ === 'cut') receiver.answer = () => new Promise(() => {});
      if (break_ !== 'cut') proxy[break_]();
      if (break_ === 'refuse') proxy.cut();
      const before = receiver.requests.length;
      const sending = rejection(sink.send(outgoing('')));
      if (break_ === 'cut') {
        await waitFor(() => receiver.requests.length > before, { what: 'the request' });
        proxy.cut();
      }
      const error = await sending;
      expect(error).to.be.instanceOf(Lost);
      expect((error as Lost).blamesMessage).to.equal(false);
      receiver.answer = () => ({ status: 204 });
      proxy.cut();
      await proxy.resume();
    }
    await using again = await openSink(options);
    await again.send(outgoing(''));
  });
});
