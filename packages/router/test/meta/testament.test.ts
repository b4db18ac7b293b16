import { MessageType } from '@pgwamp/protocol';
import { expect } from 'chai';
import { Uri } from '../../src/index.ts';
import { startRouter } from '../support/router.ts';
import { ValueClient } from '../support/value-client.ts';
import { WampClient } from '../support/wamp-client.ts';
import { connectTo, RawSocketWire } from '../support/wires.ts';

const ADD = 'wamp.session.add_testament';
const FLUSH = 'wamp.session.flush_testaments';
const TOPIC = 'com.example.testament';

/** The payload of the next event. */
async function told(client: WampClient): Promise<unknown[]> {
  const [type, , , , ...payload] = await client.next();
  expect(type).to.equal(36);
  return payload;
}

describe('Testaments', () => {
  it('are announced by the dealer', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const { dealer } = client.welcome.roles as Record<string, { features: Record<string, boolean> }>;
    expect(dealer?.features.testament_meta_api).to.equal(true);
  });

  it('are published in order when the session is lost, those with scope detached first', async () => {
    await using test = await startRouter();
    await using heir = await WampClient.attach(test.router);
    await heir.subscribe(TOPIC);
    const client = await WampClient.open(test.url);
    expect(await client.request(48, {}, ADD, [TOPIC, [1], { last: 'words' }])).to.eql([MessageType.RESULT, 1, {}]);
    await client.request(48, {}, ADD, [TOPIC, [2], {}]);
    await client.request(48, {}, ADD, [TOPIC, [3], {}], { scope: 'detached' });
    expect(await heir.pending()).to.eql([]);
    await client[Symbol.asyncDispose]();
    expect(await told(heir)).to.eql([[3], {}]);
    expect(await told(heir)).to.eql([[1], { last: 'words' }]);
    expect(await told(heir)).to.eql([[2], {}]);
  });

  for (const [way, farewell] of [
    ['GOODBYE', [6, {}, 'wamp.close.close_realm']],
    ['ABORT', [3, {}, 'com.example.error']],
    ['a violation of the protocol', [99]],
  ] as const) {
    it(`are published when the session ends with ${way}`, async () => {
      await using test = await startRouter();
      await using heir = await WampClient.attach(test.router);
      await heir.subscribe(TOPIC);
      await using client = await WampClient.attach(test.router);
      await client.request(48, {}, ADD, [TOPIC]);
      client.send(farewell);
      expect(await told(heir)).to.eql([]);
    });
  }

  it('can be flushed for each scope', async () => {
    await using test = await startRouter();
    await using heir = await WampClient.attach(test.router);
    await heir.subscribe(TOPIC);
    const client = await WampClient.attach(test.router);
    await client.request(48, {}, ADD, [TOPIC, ['destroyed']]);
    await client.request(48, {}, ADD, [TOPIC, ['detached']], { scope: 'detached' });
    expect(await client.request(48, {}, FLUSH)).to.eql([MessageType.RESULT, 3, {}]);
    await client[Symbol.asyncDispose]();
    expect(await told(heir)).to.eql([['detached']]);
    expect(await heir.pending()).to.eql([]);
  });

  it('respect their publish_options', async () => {
    await using test = await startRouter();
    await using joe = await WampClient.attach(test.router, { authid: 'joe' });
    await using ann = await WampClient.attach(test.router, { authid: 'ann' });
    for (const client of [joe, ann]) await client.subscribe(TOPIC);
    const client = await WampClient.attach(test.router);
    const options = { eligible_authid: ['ann'], acknowledge: true, disclose_me: true };
    await client.request(48, {}, ADD, [TOPIC], { publish_options: options });
    await client[Symbol.asyncDispose]();
    const [, , , details] = await ann.next();
    expect(details).to.include({ publisher: client.session });
    expect(await joe.pending()).to.eql([]);
  });

  it('are refused if they could not be published', async () => {
    await using test = await startRouter();
    await using client = await WampClient.attach(test.router);
    const wrong: [string, ...unknown[]][] = [
      [Uri.INVALID_ARGUMENT],
      [Uri.INVALID_ARGUMENT, [1]],
      [Uri.INVALID_URI, ['no uri']],
      [Uri.INVALID_URI, ['wamp.session.on_leave']],
      [Uri.INVALID_ARGUMENT, [TOPIC, 1]],
      [Uri.INVALID_ARGUMENT, [TOPIC, [], 1]],
      [Uri.INVALID_ARGUMENT, [TOPIC], { scope: 'later' }],
      [Uri.INVALID_ARGUMENT, [TOPIC], { publish_options: 1 }],
      [Uri.INVALID_ARGUMENT, [TOPIC], { publish_options: { eligible: 1 } }],
    ];
    for (const [error, ...payload] of wrong) {
      expect((await client.request(48, {}, ADD, ...payload))[4], JSON.stringify(payload)).to.equal(error);
    }
    expect((await client.request(48, {}, FLUSH, [], { scope: 'later' }))[4]).to.equal(Uri.INVALID_ARGUMENT);
  });

  it('are refused with a payload passthru mode that the session has not announced', async () => {
    await using test = await startRouter();
    const client = WampClient.over(test.router.attach());
    await client.join('realm1', { roles: { caller: {} } });
    const options = { publish_options: { ppt_scheme: 'x_scheme' } };
    expect((await client.request(48, {}, ADD, [TOPIC], options))[4]).to.equal(Uri.FEATURE_NOT_SUPPORTED);
    await client[Symbol.asyncDispose]();
    expect(test.errors).to.eql([]);
  });

  it('are limited in size', async () => {
    await using test = await startRouter({ limits: { maxTestamentBytes: 1_000 } });
    await using client = await WampClient.attach(test.router);
    const long = [TOPIC, ['x'.repeat(600)]];
    expect((await client.request(48, {}, ADD, long))[0]).to.equal(50);
    expect((await client.request(48, {}, ADD, long, { scope: 'detached' }))[4]).to.equal(Uri.PAYLOAD_SIZE_EXCEEDED);
    await client.request(48, {}, FLUSH);
    expect((await client.request(48, {}, ADD, long))[0]).to.equal(50);
  });

  it('keep their values for receivers with any serializer', async () => {
    await using test = await startRouter();
    const { url } = await test.router.listen({ type: 'rawsocket', endpoint: { type: 'tcp', port: 0 } });
    await using heir = await WampClient.attach(test.router);
    await heir.subscribe(TOPIC);
    const client = await ValueClient.join(await RawSocketWire.open(await connectTo(url), 'cbor'), 'cbor');
    await client.request(48, {}, ADD, [TOPIC, [2n ** 60n, new Uint8Array([1, 2])], { a: null }]);
    await client[Symbol.asyncDispose]();
    expect(await heir.nextText()).to.include('[1152921504606846976,"\\u0000AQI="],{"a":null}');
  });

  it('are limited in number', async () => {
    await using test = await startRouter({ limits: { maxTestaments: 2 } });
    await using client = await WampClient.attach(test.router);
    await client.request(48, {}, ADD, [TOPIC]);
    await client.request(48, {}, ADD, [TOPIC], { scope: 'detached' });
    expect((await client.request(48, {}, ADD, [TOPIC]))[4]).to.equal(Uri.NOT_AUTHORIZED);
    await client.request(48, {}, FLUSH);
    expect((await client.request(48, {}, ADD, [TOPIC]))[0]).to.equal(50);
  });
});
