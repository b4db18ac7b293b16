import { Lost, Refused } from '@pgwamp/core';
import { waitFor } from '@pgwamp/harness';
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { openSink } from '../support/open-sink.ts';
import { outgoing } from '../support/outgoing.ts';

describe('WAMP sink', function () {
  this.timeout(30_000);

  it('publishes JSON as JSON, text as text and bytes as bytes, with id, key and headers', async () => {
    await using router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen({ port: 0 });
    const subscriber = await joinByWebSocket(url);
    const events: unknown[] = [];
    await subscriber.subscribe('com.example.orders', (args = [], kwargs = {}) => void events.push([args[0], kwargs]));
    await using sink = await openSink({ kind: 'wamp', realm: 'realm1', transport: { type: 'websocket', url } });
    const messages = [
      outgoing('com.example.orders', { payload: '{"number": 1}', key: 'k', headers: { tenant: 'a' } }),
      outgoing('com.example.orders', { payload: 'text', contentType: 'text/plain' }),
      outgoing('com.example.orders', { payload: Buffer.from([0, 255]), contentType: 'application/octet-stream' }),
    ];
    for (const message of messages) expect((await sink.send(message)).id).to.be.a('number');
    await waitFor(() => events.length === 3, { what: 'the events' });
    expect(events).to.deep.equal([
      [{ number: 1 }, { tenant: 'a', id: messages[0]?.id, key: 'k' }],
      ['text', { id: messages[1]?.id }],
      [`\0${Buffer.from([0, 255]).toString('base64')}`, { id: messages[2]?.id }],
    ]);
  });

  it('has the configured role in a router of the same process', async () => {
    const permissions = [{ uri: 'com.example.', match: 'prefix', allow: { publish: false } }] as const;
    await using router = createRouter({ realms: [{ name: 'realm1', roles: [{ name: 'anonymous', permissions }] }] });
    const transport = { type: 'memory', router };
    await using anonymous = await openSink({ kind: 'wamp', realm: 'realm1', transport });
    expect(await rejection(anonymous.send(outgoing('com.example.orders')))).to.be.instanceOf(Refused);
    await using trusted = await openSink({ kind: 'wamp', realm: 'realm1', role: 'trusted', transport });
    expect((await trusted.send(outgoing('com.example.orders'))).id).to.be.a('number');
  });

  it('refuses an invalid topic, and is lost with the router', async () => {
    const router = createRouter({ realms: ['realm1'] });
    const { url } = await router.listen({ port: 0 });
    await using sink = await openSink({ kind: 'wamp', realm: 'realm1', transport: { type: 'websocket', url } });
    expect(await rejection(sink.send(outgoing('not a topic')))).to.be.instanceOf(Refused);
    await sink.send(outgoing('com.example.orders'));
    await router.close();
    expect(await rejection(sink.send(outgoing('com.example.orders')))).to.be.instanceOf(Lost);
    expect(sink.lost.aborted).to.equal(true);
  });
});
