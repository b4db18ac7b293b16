import { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { PayloadText } from '../../src/wamp/index.ts';
import { serializers, startWires } from '../support/wires.ts';

const topic = 'com.example.topic';
const deep = '['.repeat(200) + ']'.repeat(200);
const deepValue = JSON.parse(deep);
const long = 'x'.repeat(17 * 1024 * 1024);
const longText = `["${long}"]`;

const tooDeep = 'wamp.error.invalid_argument';
const tooLong = 'wamp.error.payload_size_exceeded';

/** Endpoints whose answers cannot be sent. */
const endpoints = {
  'a deep result': [() => new PayloadText(deep), tooDeep],
  'a deep value': [() => deepValue, tooDeep],
  'a long result': [() => new PayloadText(longText), tooLong],
  'a long value': [() => long, tooLong],
  'a deep error': [() => Promise.reject(new WampError('com.example.error', deepValue)), tooDeep],
  'a long error': [() => Promise.reject(new Error(long)), tooLong],
  'a long keyword': [() => Promise.reject(new WampError('com.example.error', [], { long })), tooLong],
  'text that is not JSON': [() => new PayloadText('[1'), tooDeep],
  'text that is not a list': [() => new PayloadText('1'), tooDeep],
} as const;

for (const transport of ['WebSocket', 'RawSocket'] as const) {
  for (const serializer of serializers) {
    describe(`WAMP session: messages beyond the limits, ${serializer} by ${transport}`, () => {
      it('refuses a publication or call before sending it, and continues', async () => {
        await using test = await startWires();
        await using session = await test.joinBy[transport](serializer);
        await session.register('com.example.echo', (args) => ({ args, kwargs: {} }));
        const neighbour = session.call('com.example.echo', [1]);
        const callText = async (text: string) => session.startCall('com.example.echo', new PayloadText(text)).result;
        const attempts: [attempt: Promise<unknown>, uri: string][] = [
          [session.publishText('', topic, deep, ''), tooDeep],
          [session.publishText('', topic, '', `{"a":${deep}}`), tooDeep],
          [session.publishText('', topic, longText, ''), tooLong],
          [session.publishText(`{"exclude_authid":${deep}}`, topic, '', ''), tooDeep],
          [session.publish(topic, deepValue), tooDeep],
          [session.publish(topic, [long], {}, { acknowledge: true }), tooLong],
          [session.call('com.example.echo', deepValue), tooDeep],
          [session.call('com.example.echo', [], { deepValue }), tooDeep],
          [session.call('com.example.echo', [long]), tooLong],
          [session.call('com.example.echo', [], {}, { forward_for: deepValue }), tooDeep],
          [callText(deep), tooDeep],
          [callText(longText), tooLong],
          [callText('[1,'), tooDeep],
        ];
        for (const [attempt, uri] of attempts) {
          expect((await rejection<WampError>(attempt)).error).to.equal(uri);
        }
        expect((await neighbour).args).to.deep.equal([1]);
        expect((await session.call('com.example.echo', [2])).args).to.deep.equal([2]);
        expect(session.lost.aborted).to.equal(false);
      });

      it('answers with a small error instead of a result or error beyond the limits', async () => {
        await using test = await startWires();
        await using callee = await test.joinBy[transport](serializer);
        await using caller = await test.joinBy.WebSocket('json');
        const neighbour = Promise.withResolvers<number>();
        await callee.register('com.example.neighbour', () => neighbour.promise);
        const slow = caller.call('com.example.neighbour');
        for (const [name, [endpoint, uri]] of Object.entries(endpoints)) {
          const end = await callee.register('com.example.answer', endpoint);
          const error = await rejection<WampError>(caller.call('com.example.answer'));
          expect(error.error, name).to.equal(uri);
          expect(String(error.args[0]), name).to.have.length.below(200);
          await end();
        }
        neighbour.resolve(7);
        expect((await slow).args).to.deep.equal([7]);
        expect(callee.lost.aborted).to.equal(false);
      });

      it('throws to the endpoint for a progressive result beyond the limits', async () => {
        await using test = await startWires();
        await using session = await test.joinBy[transport](serializer);
        const thrown: string[] = [];
        await session.register('com.example.stream', async (_args, _kwargs, { progress }) => {
          for (const part of [new PayloadText(deep), new PayloadText(longText), [deepValue], [long]]) {
            const sending = rejection<WampError>((async () => progress?.(part))());
            thrown.push((await sending).error);
          }
          return 'end';
        });
        const result = await session.call('com.example.stream', [], {}, { onProgress: () => undefined });
        expect(result.args).to.deep.equal(['end']);
        expect(thrown).to.deep.equal([tooDeep, tooLong, tooDeep, tooLong]);
      });
    });
  }
}

describe('WAMP session: limits', () => {
  it('applies the limits of the configuration', async () => {
    await using test = await startWires({ limits: { maxMessageSize: 4000, maxDepth: 10 } });
    const options = { max_message_size: 4000, max_depth: 10 };
    await using session = await test.joinBy.WebSocket('json', { options });
    const levels = (count: number) => '['.repeat(count) + ']'.repeat(count);
    await session.publishText('', topic, levels(9), '');
    await session.publishText('', topic, `["${'ü'.repeat(1900)}"]`, '');
    const refused = await rejection<WampError>(session.publishText('', topic, levels(10), ''));
    expect(refused.args[0]).to.include('max_depth').and.include('10');
    const long = await rejection<WampError>(session.publishText('', topic, `["${'ü'.repeat(2000)}"]`, ''));
    expect(long.error).to.equal(tooLong);
    expect(session.lost.aborted).to.equal(false);
  });

  it('ends with an error that blames a message if the router has smaller limits', async () => {
    await using test = await startWires({ limits: { maxMessageSize: 4000 } });
    await using session = await test.joinBy.WebSocket('json');
    const publication = session.publishText('', topic, `["${'x'.repeat(5000)}"]`, '');
    const error = await rejection(publication);
    expect(error).to.equal(session.lost.reason);
    expect(error).to.include({ blamesMessage: true, requests: 1 });
    expect(error.message).to.match(/1009 .*the last message that was sent has the type 16 and the length 50\d\d/);
  });
});
