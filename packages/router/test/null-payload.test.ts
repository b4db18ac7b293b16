import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { startRouter } from './support/router.ts';
import { ValueClient } from './support/value-client.ts';
import { WampClient } from './support/wamp-client.ts';
import { webSocketWire } from './support/wires.ts';

const TOPIC = 'com.example.topic';
const SERIALIZERS = ['json', 'msgpack', 'cbor'] as const;

/** The payloads that a client may send after the head, and those that its receivers get. */
const payloads: readonly (readonly [sent: readonly unknown[], received: readonly unknown[]])[] = [
  [[null], []],
  [[null, null], []],
  [
    [null, { a: [1] }],
    [[], { a: [1] }],
  ],
  [[['x', null], null], [['x', null]]],
];

describe('null instead of Arguments or ArgumentsKw', () => {
  for (const sender of SERIALIZERS) {
    for (const receiver of SERIALIZERS) {
      it(`is treated as absent, from ${sender} to ${receiver}`, async () => {
        await using test = await startRouter();
        const connect = async (name: (typeof SERIALIZERS)[number]) =>
          ValueClient.join(await webSocketWire(test.url, `wamp.2.${name}`), name);
        await using one = await connect(sender);
        await using other = await connect(receiver);
        await other.request(MessageType.SUBSCRIBE, {}, TOPIC);
        await other.request(MessageType.REGISTER, {}, TOPIC);
        await one.request(MessageType.REGISTER, {}, 'com.example.callee');
        for (const [sent, received] of payloads) {
          await one.request(MessageType.PUBLISH, { acknowledge: true }, TOPIC, ...sent);
          expect((await other.next()).slice(4)).to.eql(received);
          const result = one.request(MessageType.CALL, {}, TOPIC, ...sent);
          const [, invocation, , , ...got] = await other.next();
          expect(got).to.eql(received);
          other.send([MessageType.YIELD, invocation as number, {}]);
          await result;
          for (const [type, ...rest] of [
            [MessageType.YIELD, {}],
            [MessageType.ERROR, {}, 'com.example.error'],
          ] as const) {
            const answer = other.request(MessageType.CALL, {}, 'com.example.callee');
            const [, id] = await one.next();
            const head = type === MessageType.ERROR ? [MessageType.INVOCATION, id] : [id];
            one.send([type, ...head, ...rest, ...sent]);
            expect((await answer).slice(type === MessageType.ERROR ? 5 : 3)).to.eql(received);
          }
        }
      });
    }
  }

  it('leaves the other one unchanged', async () => {
    await using test = await startRouter();
    await using client = await WampClient.open(test.url);
    await client.subscribe(TOPIC);
    for (const [sent, received] of [
      ['null , { "b":1.0, "a":12345678901234567890 } ', '[], { "b":1.0, "a":12345678901234567890 } '],
      [' [ 1.0,",null" ] , null ', ' [ 1.0,",null" ] '],
    ]) {
      client.sendText(`[16,1,{"exclude_me":false},"${TOPIC}",${sent}]`);
      expect((await client.nextText()).replace(/^\[36,\d+,\d+,\{\},/, '')).to.equal(`${received}]`);
    }
  });
});
