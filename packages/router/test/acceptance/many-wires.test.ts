import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { ValueClient } from '../support/value-client.ts';
import { WampClient } from '../support/wamp-client.ts';
import { connectTo, RawSocketWire, webSocketWire } from '../support/wires.ts';

const ENDPOINT = { type: 'tcp', port: 0 } as const;
const ROLE = { features: { progressive_call_results: true, call_canceling: true } };
const HELLO = [1, 'realm1', { roles: { callee: ROLE, caller: ROLE, publisher: {}, subscriber: {} } }];

/** A router with a port for RawSocket and one for everything by HTTP. */
async function startWires() {
  const test = await startRouter();
  const raw = await test.router.listen({ type: 'rawsocket', endpoint: ENDPOINT });
  const bridge = { type: 'publisher', realm: 'realm1', role: 'anonymous' } as const;
  const web = await test.router.listen({
    type: 'web',
    endpoint: ENDPOINT,
    paths: { ws: { type: 'websocket' }, bridge },
  });
  const origin = `http://127.0.0.1:${web.port}`;
  return { ...test, raw: raw.url, web: web.url, origin };
}

async function joined(client: ValueClient): Promise<ValueClient> {
  client.send(HELLO);
  expect((await client.next())[0]).to.equal(2);
  return client;
}

const overRawSocket = async (url: string) =>
  joined(new ValueClient(await RawSocketWire.open(await connectTo(url), 'cbor'), 'cbor'));
const overWebSocket = async (url: string) =>
  joined(new ValueClient(await webSocketWire(url, 'wamp.2.msgpack'), 'msgpack'));

describe('Clients with different transports and serializers', () => {
  it('share a call: progressive results and its cancellation', async () => {
    await using test = await startWires();
    await using callee = await overRawSocket(test.raw);
    await using caller = await overWebSocket(test.web);
    await callee.request(64, {}, 'com.example.count');
    const called = caller.request(48, { receive_progress: true, disclose_me: true }, 'com.example.count', [2n ** 60n]);
    const [, invocation, , details, args] = await callee.next();
    expect(args).to.eql([2n ** 60n]);
    expect(details).to.include({ receive_progress: true, caller_authrole: 'anonymous' });
    callee.send([MessageType.YIELD, invocation as number, { progress: true }, [new Uint8Array([1])]]);
    expect((await called).slice(2)).to.eql([{ progress: true }, [new Uint8Array([1])]]);
    caller.send([MessageType.CANCEL, 1, { mode: 'kill' }]);
    const [type, interrupted] = await callee.next();
    expect([type, interrupted]).to.eql([MessageType.INTERRUPT, invocation]);
    callee.send([MessageType.ERROR, MessageType.INVOCATION, invocation as number, {}, Uri.CANCELED, ['enough']]);
    expect((await caller.next()).slice(1)).to.eql([MessageType.CALL, 1, {}, Uri.CANCELED, ['enough']]);
  });

  it('share retained events, for any time and pattern of subscribing', async () => {
    await using test = await startWires();
    await using publisher = await WampClient.attach(test.router);
    publisher.sendText(
      '[16,1,{"acknowledge":true,"retain":true},"com.example.a",[9007199254740993,1.0],{"b":"\\u0000AQI="}]',
    );
    expect((await publisher.next())[0]).to.equal(17);
    await using later = await overRawSocket(test.raw);
    const [, , subscription] = await later.request(32, { match: 'prefix', get_retained: true }, 'com.');
    const [type, id, , details, ...payload] = await later.next();
    expect([type, id]).to.eql([MessageType.EVENT, subscription]);
    expect(details).to.include({ retained: true, topic: 'com.example.a' });
    expect(payload).to.eql([[9007199254740993n, 1], { b: new Uint8Array([1, 2]) }]);
  });

  it('receive publications of the HTTP bridge, if eligible', async () => {
    await using test = await startWires();
    await using ann = await WampClient.attach(test.router, { authid: 'ann' });
    await using joe = await WampClient.attach(test.router, { authid: 'joe' });
    for (const client of [ann, joe]) await client.subscribe('com.example.topic');
    const body = JSON.stringify({ topic: 'com.example.topic', args: [1], options: { eligible_authid: ['ann'] } });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${test.origin}/bridge`, { method: 'POST', headers, body });
    expect(response.status).to.equal(200);
    expect((await ann.next()).slice(3)).to.eql([{}, [1]]);
    expect(await joe.pending()).to.eql([]);
  });
});
