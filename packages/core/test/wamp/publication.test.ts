import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import fc from 'fast-check';
import { PublicationText } from '../../src/wamp/messages.ts';
import { joinScripted } from '../support/join.ts';

describe('a publication out of PostgreSQL', () => {
  it('goes to the router as the text that it is, acknowledged', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const args = '[9223372036854775807, 1.10, {"b": 1, "a": 2}]';
    const answer = session.publishText('{"exclude_me": false}', 'com.example.topic', args, '{"z": 1, "a": 1e2}');
    const frame = await peer.nextText();
    const [, request] = JSON.parse(frame);
    const options = '{"exclude_me":false,"acknowledge":true}';
    expect(frame).to.equal(`[16,${request},${options},"com.example.topic",${args},{"z": 1, "a": 1e2}]`);
    peer.send([17, request, 4711]);
    expect(await answer).to.deep.equal({ id: 4711 });
  });

  it('is WAMP whatever is absent', () => {
    const topic = 'com.example."a"\\b';
    const text = (args: string, kwargs: string) =>
      JSON.parse(`[16,1,${new PublicationText('{}', topic, args, kwargs).text}]`);
    expect(text('', '')).to.deep.equal([16, 1, {}, topic]);
    expect(text('[1]', '')).to.deep.equal([16, 1, {}, topic, [1]]);
    expect(text('', '{"a":1}')).to.deep.equal([16, 1, {}, topic, [], { a: 1 }]);
  });

  it('is WAMP whatever its topic is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (topic) => {
        const message = JSON.parse(`[16,1,${new PublicationText('{}', topic, '[]', '').text}]`);
        expect(message[3]).to.equal(topic);
      }),
    );
  });

  it('is refused with the error of the router', async () => {
    await using test = await joinScripted();
    const answer = rejection<WampError>(test.session.publishText('', 'com.example.topic', '', ''));
    const [, request] = await test.peer.next();
    test.peer.send([8, 16, request, {}, 'wamp.error.not_authorized', ['no']]);
    expect(await answer).to.deep.include({ error: 'wamp.error.not_authorized', args: ['no'] });
  });

  it('is refused here if its options are no JSON', async () => {
    await using test = await joinScripted();
    const error = await rejection<WampError>(test.session.publishText('{', 'com.example.topic', '', ''));
    expect(error.error).to.equal('wamp.error.invalid_argument');
    expect(await test.peer.isOpen()).to.equal(true);
  });
});
