import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { joinScripted } from '../support/join.ts';

/** Options, args and kwargs that would end the session if they were sent. */
const malformed = [
  ['{', '', ''],
  ['[]', '', ''],
  [`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, '', ''],
  ['', '[', ''],
  ['', '{}', ''],
  ['', '1', ''],
  ['', '[1],[2]', ''],
  ['', '[1]]', ''],
  ['', '[01]', ''],
  ['', '["\n"]', ''],
  ['', '[]', '[]'],
  ['', '[]', '{"a"}'],
  ['', '', '{},{}'],
  ['', '['.repeat(200) + ']'.repeat(200), ''],
] as const;

describe('WAMP session: publication with JSON text', () => {
  it('sends the text unchanged, with acknowledge', async () => {
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

  it('sends a valid PUBLISH if parts are absent', async () => {
    await using test = await joinScripted();
    const topic = 'com.example."a"\\b';
    const sent = async (args: string, kwargs: string) => {
      void test.session.publishText('', topic, args, kwargs).catch(() => undefined);
      return (await test.peer.next()).slice(3);
    };
    expect(await sent('', '')).to.deep.equal([topic]);
    expect(await sent('[1]', '')).to.deep.equal([topic, [1]]);
    expect(await sent('', '{"a":1}')).to.deep.equal([topic, [], { a: 1 }]);
  });

  it('fails with the error of the router', async () => {
    await using test = await joinScripted();
    const answer = rejection<WampError>(test.session.publishText('', 'com.example.topic', '', ''));
    const [, request] = await test.peer.next();
    test.peer.send([8, 16, request, {}, 'wamp.error.not_authorized', ['no']]);
    expect(await answer).to.deep.include({ error: 'wamp.error.not_authorized', args: ['no'] });
  });

  it('refuses malformed parts before sending them', async () => {
    await using test = await joinScripted();
    for (const [options, args, kwargs] of malformed) {
      const error = await rejection<WampError>(test.session.publishText(options, 'com.example.topic', args, kwargs));
      expect(error.error, `${options} ${args} ${kwargs}`).to.equal('wamp.error.invalid_argument');
    }
    expect(await test.peer.isOpen()).to.equal(true);
  });
});
