import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { usedBytes } from './fuzz/heap.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const KIB = 1024;
const TOPIC = 'com.example.topic';
const junk = 'x'.repeat(100 * KIB);

/** A client that may do everything that makes a router keep something. */
async function attach(test: Awaited<ReturnType<typeof startRouter>>): Promise<WampClient> {
  const role = { features: { payload_passthru_mode: true, progressive_call_invocations: true, call_canceling: true } };
  const client = WampClient.over(test.router.attach());
  await client.join('realm1', { roles: { publisher: role, subscriber: role, caller: role, callee: role } });
  return client;
}

/** Begins a call that is never answered. */
async function beginCall(client: WampClient, callee: WampClient, options: object): Promise<unknown> {
  client.send([MessageType.CALL, client.nextRequest(), options, TOPIC]);
  return callee.next();
}

describe('Router: memory of stored messages', () => {
  const kinds: [what: string, keep: (client: WampClient, index: number, callee: WampClient) => Promise<unknown>][] = [
    ['a retained event', (client, index) => client.publish(`${TOPIC}.${index}`, { retain: true, junk })],
    [
      'a retained event with lists',
      (client, index) =>
        client.publish(`${TOPIC}.${index}`, { retain: true, eligible_authid: ['joe'], exclude: [1], junk }),
    ],
    [
      'a testament',
      (client, index) =>
        client.request(MessageType.CALL, {}, 'wamp.session.add_testament', [`${TOPIC}.${index}`, [], {}], {
          publish_options: { eligible_authrole: ['user'], junk },
        }),
    ],
    ['a subscription', (client, index) => client.subscribe(`${TOPIC}.${index}`, { junk })],
    ['a registration', (client, index) => client.register(`${TOPIC}.${index}`, { junk })],
    ['a call', (client, _index, callee) => beginCall(client, callee, { junk })],
    ['a progressive call', (client, _index, callee) => beginCall(client, callee, { progress: true, junk })],
  ];
  for (const [what, keep] of kinds) {
    it(`does not include unused parts of a message: ${what}`, async () => {
      await using test = await startRouter({ limits: { maxTestaments: 1000 } });
      await using callee = await attach(test);
      await callee.register(TOPIC);
      await using client = await attach(test);
      for (let index = 0; index < 20; index++) await keep(client, index, callee);
      const before = await usedBytes();
      const count = 100;
      for (let index = 100; index < 100 + count; index++) await keep(client, index, callee);
      expect((await usedBytes()) - before).to.be.below(count * 20 * KIB);
    });
  }

  it('is limited for progressive calls, and released with their answers', async () => {
    await using test = await startRouter({ limits: { maxQueuedBytes: 100 * KIB } });
    await using callee = await attach(test);
    await callee.register(TOPIC);
    await using client = await attach(test);
    const hop = { authid: 'a'.repeat(256), authrole: 'b'.repeat(256) };
    const begin = () => {
      client.send([
        MessageType.CALL,
        client.nextRequest(),
        { progress: true, forward_for: Array(60).fill(hop) },
        TOPIC,
      ]);
    };
    for (let call = 0; call < 4; call++) begin();
    const [type, , request, , uri] = await client.next();
    expect([type, request, uri]).to.eql([MessageType.ERROR, 4, 'wamp.error.unavailable']);
    for (let call = 0; call < 3; call++) {
      const [, invocation] = await callee.next();
      callee.send([MessageType.YIELD, invocation as number, {}]);
      expect((await client.next())[0]).to.equal(MessageType.RESULT);
    }
    begin();
    expect((await callee.next())[0]).to.equal(MessageType.INVOCATION);
  });

  it('includes the audience lists of testaments', async () => {
    await using test = await startRouter({ limits: { maxTestamentBytes: 8 * KIB } });
    await using client = await attach(test);
    const exclude = Array.from({ length: 500 }, (_, index) => index + 1);
    const options = { publish_options: { exclude } };
    const answer = await client.request(MessageType.CALL, {}, 'wamp.session.add_testament', [TOPIC, [], {}], options);
    expect(answer[4]).to.equal('wamp.error.payload_size_exceeded');
  });
});
