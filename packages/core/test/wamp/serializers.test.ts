import { RouterUnreachableError, WampError } from '@pgwamp/core';
import { withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { createRouter } from '@pgwamp/router';
import { expect } from 'chai';
import { PayloadText, type Session, stringify } from '../../src/wamp/index.ts';
import { joinUrl } from '../support/join.ts';
import { startWires, wires } from '../support/wires.ts';

const topic = 'com.example.topic';
const procedure = 'com.example.procedure';

/** Values that every serializer preserves: integers of any length, text and bytes, at any place. */
const args =
  '[9223372036854775807,-9223372036854775808,9007199254740993,0,-1,1.5,true,null,"ü🐘","\\u0000AQID",[[1],{"a":[]}]]';
const kwargs = '{"n":18446744073709551615,"__proto__":{"x":1},"bytes":["\\u0000/w=="]}';

/** The event that a session receives when it publishes to itself. */
async function published(session: Session, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  await session.subscribe(topic, (eventArgs, eventKwargs) => resolve(stringify([eventArgs, eventKwargs])));
  await session.publishText('{"exclude_me":false}', topic, text, '');
  return withDeadline(promise, 10_000, 'the event');
}

describe('WAMP session: transports and serializers', () => {
  for (const [transport, serializer] of wires) {
    it(`publishes and subscribes: ${serializer} by ${transport}`, async () => {
      await using test = await startWires();
      await using session = await test.joinBy[transport](serializer);
      await using plain = await test.joinBy.WebSocket('json');
      const seen: string[] = [];
      for (const each of [session, plain]) {
        await each.subscribe(topic, (...[eventArgs, eventKwargs]) => {
          seen.push(stringify([eventArgs, eventKwargs]));
        });
      }
      await session.publishText('{"exclude_me":false}', topic, args, kwargs);
      await plain.publishText('{"exclude_me":false}', topic, args, kwargs);
      // An answer of the router is behind the events.
      for (const each of [session, plain]) await each.publishText('', 'com.example.other', '', '');
      expect(seen).to.deep.equal(Array.from({ length: 4 }, () => `[${args},${kwargs}]`));
    });

    it(`registers and calls: ${serializer} by ${transport}`, async () => {
      await using test = await startWires();
      await using session = await test.joinBy[transport](serializer);
      await using plain = await test.joinBy.WebSocket('json');
      await session.register(procedure, (callArgs, callKwargs) => ({ args: callArgs, kwargs: callKwargs }));
      await session.register(`${procedure}.text`, () => new PayloadText(args, kwargs));
      await plain.register(`${procedure}.plain`, () => new PayloadText(args, kwargs));
      for (const caller of [session, plain]) {
        for (const name of [procedure, `${procedure}.text`, `${procedure}.plain`]) {
          const result = await caller.startCall(name, new PayloadText(args, kwargs)).result;
          expect([result.args, result.kwargs]).to.deep.equal([args, kwargs]);
        }
      }
      expect(stringify(await session.call(procedure, [2n ** 63n, new Uint8Array([1, 2])], { a: 1 }))).to.equal(
        '{"args":[9223372036854775808,"\\u0000AQI="],"kwargs":{"a":1}}',
      );
    });

    it(`passes errors and progressive results: ${serializer} by ${transport}`, async () => {
      await using test = await startWires();
      await using session = await test.joinBy[transport](serializer);
      await using other = await test.joinBy[transport](serializer);
      await session.register(procedure, async (_args, _kwargs, { progress }) => {
        await progress?.(new PayloadText('[9223372036854775807]'));
        await progress?.([new Uint8Array([1])], { row: 2 });
        throw new WampError('com.example.error', [9223372036854775807n], { detail: 'ü' });
      });
      const progress: string[] = [];
      const call = other.startCall(procedure, new PayloadText(''), {
        onProgress: (part) => progress.push(part.text),
      });
      const error = await rejection<WampError>(call.result);
      expect(error.error).to.equal('com.example.error');
      expect(stringify([error.args, error.kwargs])).to.equal('[[9223372036854775807],{"detail":"ü"}]');
      expect(progress).to.deep.equal(['[9223372036854775807]', '["\\u0000AQ=="],{"row":2}']);
    });
  }

  it('sends bytes and integers natively by a binary serializer, and other numbers as floats', async () => {
    await using test = await startWires();
    await using session = await test.joinBy.WebSocket('cbor');
    expect(await published(session, '[1.10, 1e400, 0.1, 123456789012345678901234567890]')).to.equal(
      '[[1.1,null,0.1,123456789012345678901234567890],{}]',
    );
  });

  it('uses the first serializer that the router supports', async () => {
    const router = createRouter({ realms: ['realm1'] });
    await using _router = { [Symbol.asyncDispose]: () => router.close() };
    const { url } = await router.listen({
      type: 'websocket',
      endpoint: { type: 'tcp', port: 0 },
      serializers: ['msgpack', 'json'],
    } as never);
    await using session = await joinUrl(url, { serializers: ['cbor', 'msgpack', 'json'] });
    // MessagePack has no integer of more than 64 bits; JSON and CBOR keep this one.
    expect(await published(session, '[123456789012345678901234567890]')).to.equal('[[1.2345678901234568e+29],{}]');
    const refused = await rejection(joinUrl(url, { serializers: ['cbor', 'cbor.batched'] }));
    expect(refused).to.be.instanceOf(RouterUnreachableError);
  });
});
