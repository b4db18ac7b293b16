import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const violations: readonly [what: string, frame: string][] = [
  ['no JSON', 'hello'],
  ['JSON that is cut off', '[16,1,{},"com.example.topic"'],
  ['no list', '{"type":16}'],
  ['null', 'null'],
  ['an empty list', '[]'],
  ['an unknown message type', '[4711]'],
  ['a message type that is no number', '["16",1,{},"com.example.topic"]'],
  ['a message that only routers send', '[36,1,1,{}]'],
  ['CANCEL without options', '[49,1]'],
  ['a second HELLO', '[1,"realm1",{"roles":{"caller":{}}}]'],
  ['too few elements', '[16,1,{}]'],
  ['too many elements', '[16,1,{},"com.example.topic",[],{},1]'],
  ['elements after a head that has no payload', '[32,1,{},"com.example.topic",[]]'],
  ['Arguments that are no list', '[16,1,{},"com.example.topic",{}]'],
  ['ArgumentsKw that are no dictionary', '[16,1,{},"com.example.topic",[],[]]'],
  ['Options that are a list', '[16,1,[],"com.example.topic"]'],
  ['Options null', '[16,1,null,"com.example.topic"]'],
  ['a URI that is no string', '[16,1,{},5]'],
  ['request id 0', '[16,0,{},"com.example.topic"]'],
  ['a negative request id', '[16,-1,{},"com.example.topic"]'],
  ['a request id above 2^53', '[16,9007199254740994,{},"com.example.topic"]'],
  ['a request id with a fraction', '[16,1.5,{},"com.example.topic"]'],
  ['a request id that is a string', '[16,"1",{},"com.example.topic"]'],
  ['YIELD for an invocation that never was', '[70,1,{}]'],
  ['ERROR for an invocation that never was', '[8,68,1,{},"com.example.error.oops"]'],
  ['ERROR for a request that is no INVOCATION', '[8,48,1,{},"com.example.error.oops"]'],
];

describe('Protocol violation', () => {
  for (const [what, frame] of violations) {
    it(`ends the session only: ${what}`, async () => {
      await using test = await startRouter();
      await using witness = await WampClient.attach(test.router);
      await using culprit = await WampClient.open(test.url);
      culprit.sendText(frame);
      const [type, details, reason] = await culprit.next();
      expect([type, reason]).to.eql([MessageType.ABORT, Uri.PROTOCOL_VIOLATION]);
      expect((details as { message: string }).message).to.be.a('string').that.is.not.empty;
      expect(await culprit.closed).to.eql({ code: 1002, reason: Uri.PROTOCOL_VIOLATION });
      expect((await witness.publish('com.example.topic'))[0]).to.equal(17);
      expect(test.ends.map(({ cause }) => cause)).to.eql(['violation']);
      expect(test.errors).to.eql([]);
    });
  }

  it('is any other message than a valid HELLO before WELCOME', async () => {
    await using test = await startRouter();
    for (const frame of [
      '[16,1,{},"com.example.topic"]',
      '[6,{},"wamp.close.normal"]',
      '[1,"realm1",{}]',
      '[1,"realm1",{"roles":{}}]',
      '[1,"realm1",{"roles":{"guest":{}}}]',
      'x',
    ]) {
      await using client = WampClient.over(test.router.attach());
      client.sendText(frame);
      const [type, , reason] = await client.next();
      expect([type, reason]).to.eql([MessageType.ABORT, Uri.PROTOCOL_VIOLATION]);
      await client.closed;
    }
  });

  it('prevents later frames of the session from being handled', async () => {
    await using test = await startRouter();
    await using witness = await WampClient.attach(test.router);
    await witness.subscribe('com.example.topic');
    await using culprit = await WampClient.attach(test.router);
    culprit.sendText('[]');
    culprit.sendText('[16,1,{},"com.example.topic"]');
    await culprit.closed;
    expect(await witness.pending()).to.eql([]);
  });

  it('is a second call with the request id of a pending one', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await client.register('com.example.procedure');
    client.send([MessageType.CALL, 7, {}, 'com.example.procedure']);
    await client.next();
    client.send([MessageType.CALL, 7, {}, 'com.example.procedure']);
    expect((await client.next())[2]).to.equal(Uri.PROTOCOL_VIOLATION);
  });

  it('is a request id out of sequence, if the router requires sequential ids', async () => {
    await using lenient = await startRouter();
    await using strict = await startRouter({ requestIds: 'sequential' });
    for (const [router, outcome] of [
      [lenient.router, 17],
      [strict.router, 3],
    ] as const) {
      await using client = await WampClient.attach(router);
      expect((await client.publish('com.example.topic'))[0]).to.equal(17);
      client.send([MessageType.PUBLISH, 239714735, { acknowledge: true }, 'com.example.topic']);
      expect((await client.next())[0]).to.equal(outcome);
    }
  });

  it('does not include keys like __proto__', async () => {
    await using test = await startRouter();
    await using client = await WampClient.open(test.url);
    const poison = '"__proto__":{"polluted":1,"acknowledge":true},"constructor":{"prototype":{"polluted":1}}';
    const topic = '__proto__.constructor';
    const subscription = await client.subscribe(topic);
    client.sendText(`[16,2,{"acknowledge":true,"exclude_me":false,${poison}},"${topic}",[{${poison}}],{${poison}}]`);
    const event = await client.nextText();
    expect(event).to.match(new RegExp(`^\\[36,${subscription},\\d+,\\{\\},`));
    expect(event.endsWith(`,[{${poison}}],{${poison}}]`)).to.equal(true);
    expect((await client.next())[0]).to.equal(17);
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect((await client.request(48, {}, name))[4]).to.equal(Uri.NO_SUCH_PROCEDURE);
    }
    await using stranger = WampClient.over(test.router.attach());
    stranger.send([MessageType.HELLO, '__proto__', { roles: { caller: {} } }]);
    expect((await stranger.next())[2]).to.equal(Uri.NO_SUCH_REALM);
  });

  it('is nesting deeper than the limit', async () => {
    await using test = await startRouter();
    await using client = await WampClient.open(test.url);
    const publish = (depth: number) => {
      client.sendText(`[16,1,{"acknowledge":true},"com.example.topic",${'['.repeat(depth)}${']'.repeat(depth)}]`);
      return client.next();
    };
    expect((await publish(127))[0]).to.equal(17);
    expect(await publish(100_000)).to.include.members([3, Uri.PROTOCOL_VIOLATION]);
    expect(test.ends.map(({ cause }) => cause)).to.eql(['violation']);
  });
});
