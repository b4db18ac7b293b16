import { Lost, Refused } from '@pgwamp/core';
import { type Broker, describeWithBroker, startRedis, waitFor } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createClient } from '@redis/client';
import { expect } from 'chai';
import { BrokerRefusedError } from '../../src/errors.ts';
import { itIsLostWithItsBroker } from '../support/faults.ts';
import { openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

await describeWithBroker('Redis', 'Redis sink', function () {
  this.timeout(60_000);
  let broker: Broker;

  const options = (port = broker.port) => ({ kind: 'redis', uri: `redis://127.0.0.1:${port}` });

  before(async () => {
    broker = await startRedis();
  });
  after(() => broker[Symbol.asyncDispose]());

  async function client() {
    const connected = await createClient({ url: options().uri }).connect();
    return Object.assign(connected, { [Symbol.asyncDispose]: async () => connected.destroy() });
  }

  it('adds to a stream in order, with id, key, content type and headers', async () => {
    await using sink = await openSink(options());
    const messages = Array.from({ length: 100 }, () => outgoing('orders', { key: 'k', headers: { tenant: 'a' } }));
    const receipts = await Promise.all(messages.map((message) => sink.send(message)));
    await using reader = await client();
    const entries = (await reader.xRange('orders', '-', '+')) ?? [];
    expect(entries.map(({ message }) => message.id)).to.deep.equal(messages.map(({ id }) => id));
    expect(entries[0]?.id).to.equal(receipts[0]?.id);
    expect({ ...entries[0]?.message }).to.deep.equal({
      id: messages[0]?.id,
      key: 'k',
      content_type: 'application/json',
      payload: messages[0]?.payload,
      'header:tenant': 'a',
    });
  });

  it('trims a stream to about max_length entries', async () => {
    await using sink = await openSink({ ...options(), max_length: 100 });
    await Promise.all(Array.from({ length: 2000 }, () => sink.send(outgoing('short'))));
    await using reader = await client();
    expect(await reader.xLen('short')).to.be.within(100, 300);
  });

  it('publishes to a channel, and refuses a message without subscribers with require_subscriber', async () => {
    await using subscriber = await client();
    const received: string[] = [];
    await subscriber.subscribe('news', (text) => received.push(text));
    await using sink = await openSink({ ...options(), destination: 'channel', require_subscriber: true });
    await sink.send(outgoing('news', { payload: 'hello' }));
    await waitFor(() => received.length === 1, { what: 'the message' });
    expect(received).to.deep.equal(['hello']);
    expect(await rejection(sink.send(outgoing('silence')))).to.be.instanceOf(Refused);
    await using careless = await openSink({ ...options(), destination: 'channel' });
    await careless.send(outgoing('silence'));
  });

  it('refuses only a message to a key that is not a stream', async () => {
    await using other = await client();
    await other.set('text', 'x');
    await using sink = await openSink(options());
    const [wrong, right] = await Promise.allSettled([sink.send(outgoing('text')), sink.send(outgoing('fine'))]);
    expect((wrong as PromiseRejectedResult).reason).to.be.instanceOf(Refused);
    expect(right?.status).to.equal('fulfilled');
  });

  it('is lost while the server is out of memory', async () => {
    await using other = await client();
    await using sink = await openSink(options());
    await other.configSet('maxmemory', '1');
    const error = await rejection(sink.send(outgoing('orders')));
    await other.configSet('maxmemory', '0');
    expect(error).to.be.instanceOf(Lost);
    expect(error.message).to.contain('OOM');
  });

  it('refuses to open with wrong credentials', async () => {
    await using other = await client();
    await other.configSet('requirepass', 'right');
    const uri = (password: string) => `redis://default:${password}@127.0.0.1:${broker.port}`;
    const error = await rejection(openSink({ kind: 'redis', uri: uri('wrong') }));
    expect(error, error.message).to.be.instanceOf(BrokerRefusedError);
    {
      await using sink = await openSink({ kind: 'redis', uri: uri('right') });
      await sink.send(outgoing('orders'));
    }
    await other.configSet('requirepass', '');
  });

  itIsLostWithItsBroker({ broker: () => broker, options, destination: 'faults', prepare: async () => {} });
});
