import { MessageType } from '@pgwamp/protocol';
import { offsetOfElement } from '@pgwamp/protocol/internal';
import { expect } from 'chai';
import { Uri } from '../src/index.ts';
import { startRouter } from './support/router.ts';
import { WampClient } from './support/wamp-client.ts';

const TOPIC = 'com.example.topic';

/** Payloads as text: what is between the head and the last bracket. */
const payloads = [
  '',
  ',[]',
  ',[],{}',
  ',[[1,2]]',
  ',[null]',
  ',[[]]',
  ',[{}],{"":null}',
  ',[9223372036854775807,-9223372036854775808]',
  ',[123456789012345678901234567890.12345678901234567890]',
  ',[1.0,1e2,-0,0.10]',
  ',[{"b":1,"a":2,"10":3,"9":4}]',
  ',[{"a":1,"a":2}]',
  ',["\\u0041\\/\\n","ü🐘","]}\\"[{,"]',
  ', [ 1 , 2 ] , { "a" : [ ] } ',
  ',\t[\r\n1]\n',
  ',["\\\\"],{"\\"":"\\\\\\""}',
];

/** Content of a head that could mislead a careless scan. */
const options = [
  '{}',
  '{"_mine":"],[,\\"\\\\"}',
  ' { "_mine" : [ [ 1 , { "a" : "," } ] , "}" ] } ',
  '{"_a\\\\":1,"_b\\"":{"c":"\\\\\\\\"}}',
];

describe('Payload', () => {
  it('reaches subscribers unchanged, for any options', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.open(test.url);
    await using near = await WampClient.attach(test.router);
    await using far = await WampClient.open(test.url);
    const subscription = await near.subscribe(TOPIC);
    await far.subscribe(TOPIC);
    for (const head of options) {
      for (const payload of payloads) {
        publisher.sendText(`[16,1,${head},"${TOPIC}"${payload}]`);
        for (const client of [near, far]) {
          const frame = await client.nextText();
          expect(frame.replace(/^\[36,\d+,\d+,/, '[36,S,P,')).to.equal(`[36,S,P,{}${payload}]`);
          expect(frame).to.contain(`[36,${subscription},`);
        }
      }
    }
  });

  it('reaches callees and callers unchanged, including results and errors', async () => {
    await using test = await startRouter();
    await using caller = await WampClient.open(test.url);
    await using callee = await WampClient.open(test.url);
    const registration = await callee.register(TOPIC);
    let invocation = 0;
    for (const payload of payloads) {
      caller.sendText(`[48,1,{},"${TOPIC}"${payload}]`);
      expect(await callee.nextText()).to.equal(`[68,${++invocation},${registration},{}${payload}]`);
      callee.sendText(`[70,${invocation},{}${payload}]`);
      expect(await caller.nextText()).to.equal(`[50,1,{}${payload}]`);
      caller.sendText(`[48,1,{},"${TOPIC}"]`);
      expect(await callee.nextText()).to.equal(`[68,${++invocation},${registration},{}]`);
      callee.sendText(`[8,68,${invocation},{},"com.example.error.oops"${payload}]`);
      expect(await caller.nextText()).to.equal(`[8,48,1,{},"com.example.error.oops"${payload}]`);
    }
  });

  it('may be surrounded by white space', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    await client.subscribe(TOPIC);
    client.sendText(` \n[ 16 , 1 , {"exclude_me" : false } ,\t"${TOPIC}" , [ 1 ] ] \r\n`);
    expect((await client.nextText()).replace(/^\[36,\d+,\d+,/, '')).to.equal('{}, [ 1 ] ]');
  });

  it('may have any size up to the limit', async () => {
    await using test = await startRouter();
    await using publisher = await WampClient.open(test.url);
    await using subscriber = await WampClient.open(test.url);
    await subscriber.subscribe(TOPIC);
    // Around every border between the lengths of a WebSocket header.
    for (const length of [0, 60, 90, 100, 120, 125, 126, 127, 128, 65_400, 65_535, 65_536, 70_000, 5_000_000]) {
      const text = 'ü'.repeat(length / 2);
      publisher.send([MessageType.PUBLISH, 1, {}, TOPIC, [text]]);
      expect((await subscriber.next())[4]).to.eql([text]);
    }
  });

  it('is found after a head of any length', () => {
    for (const head of options) {
      const text = `[16,1,${head},"${TOPIC}",[7]]`;
      expect(text.slice(offsetOfElement(text, 4))).to.equal('[7]]');
    }
  });
});

describe('Payload passthru mode', () => {
  const attributes = { ppt_scheme: 'x_mine', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: 'k' };

  it('passes its attributes to the receiver', async () => {
    await using test = await startRouter();
    await using one = await WampClient.attach(test.router);
    await using other = await WampClient.attach(test.router);
    await other.subscribe(TOPIC);
    await other.register(TOPIC);
    await one.publish(TOPIC, { ...attributes, disclose_me: true }, ['secret']);
    expect((await other.next())[3]).to.include({ ...attributes, publisher: one.session });
    one.send([MessageType.CALL, 5, { ...attributes, _mine: 1 }, TOPIC, ['secret']]);
    expect((await other.next())[3]).to.eql(attributes);
    other.send([MessageType.YIELD, 1, attributes, ['secret']]);
    expect(await one.next()).to.eql([MessageType.RESULT, 5, attributes, ['secret']]);
    one.send([MessageType.CALL, 6, {}, TOPIC]);
    await other.next();
    other.send([MessageType.ERROR, MessageType.INVOCATION, 2, attributes, 'com.example.error.oops', ['secret']]);
    expect((await one.next())[3]).to.eql(attributes);
  });

  it('violates the protocol if the sender has not announced it', async () => {
    await using test = await startRouter();
    for (const type of [16, 48]) {
      await using client = WampClient.over(test.router.attach());
      await client.join('realm1', { roles: { publisher: {}, caller: { features: null } } });
      client.send([type, 1, attributes, TOPIC]);
      expect((await client.next())[2]).to.equal(Uri.PROTOCOL_VIOLATION);
    }
  });

  it('fails if the callee or the caller does not support it', async () => {
    await using test = await startRouter();
    await using able = await WampClient.attach(test.router);
    await using unable = WampClient.over(test.router.attach());
    await unable.join('realm1', { roles: { caller: {}, callee: {} } });
    await unable.register('com.example.unable');
    await able.register('com.example.able');
    expect((await able.request(48, attributes, 'com.example.unable'))[4]).to.equal(Uri.FEATURE_NOT_SUPPORTED);
    unable.send([MessageType.CALL, 5, {}, 'com.example.able']);
    await able.next();
    able.send([MessageType.YIELD, 1, attributes, ['secret']]);
    for (const [client, head] of [
      [able, [MessageType.ERROR, MessageType.YIELD, 1]],
      [unable, [MessageType.ERROR, MessageType.CALL, 5]],
    ] as const) {
      const [type, requestType, request, , error] = await client.next();
      expect([type, requestType, request, error]).to.eql([...head, Uri.FEATURE_NOT_SUPPORTED]);
    }
  });
});
