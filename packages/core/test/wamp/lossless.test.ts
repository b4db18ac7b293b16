import type { WampError } from '@pgwamp/core';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { type Endpoint, PayloadText, stringify } from '../../src/wamp/index.ts';
import { joinCallee } from '../support/callee.ts';
import { joinScripted } from '../support/join.ts';

/** Numbers that JavaScript would write otherwise, and text that looks like some. */
const args = '[9223372036854775807, 1.10, -0.0, 1E400, "]},{1.10", [0.00000001], {"a\\"],": 12345678901234567890.10}]';
const kept = '[9223372036854775807,1.10,-0.0,1E400,"]},{1.10",[0.00000001],{"a\\"],":12345678901234567890.10}]';
const kwargs = '{"n": 100000000000000000000}';
const details = '{"caller": 9007199254740992, "text": "\\\\\\"],[{", "list": [{"timeout": 2.50}]}';

describe('WAMP session: received numbers', () => {
  it('keep all digits in the arguments of a call, and are plain numbers in its details', async () => {
    const seen: Record<string, unknown>[] = [];
    const endpoint: Endpoint = (callArgs, callKwargs, callDetails) => {
      seen.push(callDetails);
      return { args: callArgs, kwargs: callKwargs };
    };
    await using test = await joinCallee(endpoint);
    test.peer.send(`[68, 9007199254740991, 7, ${details}, ${args}, ${kwargs}]`);
    expect(await test.peer.nextText()).to.equal(`[70,9007199254740991,{},${kept},{"n":100000000000000000000}]`);
    expect(seen[0]).to.deep.include({ caller: 2 ** 53, text: '\\"],[{', list: [{ timeout: 2.5 }] });
  });

  it('keep all digits in the arguments of an event, and are plain numbers in its details', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const seen: unknown[][] = [];
    const subscribing = session.subscribe('com.example.topic', (...event) => seen.push(event));
    const [, request] = await peer.next();
    peer.send([33, request, 9007199254740990]);
    await subscribing;
    peer.send(`[36,9007199254740990,9007199254740991,${details},${args}]`);
    expect(await peer.isOpen()).to.equal(true);
    expect(stringify(seen[0]?.[0])).to.equal(kept);
    expect(seen[0]?.[2]).to.deep.include({ publication: 2 ** 53 - 1, caller: 2 ** 53 });
  });

  it('keep all digits in results and errors', async () => {
    await using test = await joinScripted();
    const { session, peer } = test;
    const progress: unknown[] = [];
    const call = session.call('com.example.call', [], {}, { onProgress: (result) => progress.push(result) });
    const [, request] = await peer.next();
    peer.send(`[50,${request},{"progress":true},[1.0]]`);
    peer.send(`[50,${request},{},${args},${kwargs}]`);
    expect(stringify(await call)).to.equal(`{"args":${kept},"kwargs":{"n":100000000000000000000}}`);
    expect(stringify(progress)).to.equal('[{"args":[1.0],"kwargs":{}}]');

    const failing = rejection<WampError>(session.call('com.example.call'));
    const [, failingRequest] = await peer.next();
    peer.send(`[8,48,${failingRequest},{},"com.example.error",${args},${kwargs}]`);
    const error = await failing;
    expect(stringify([error.args, error.kwargs])).to.equal(`[${kept},{"n":100000000000000000000}]`);
  });

  it('are plain numbers if they lose no digit', async () => {
    const seen: unknown[] = [];
    await using test = await joinCallee((callArgs) => {
      seen.push(callArgs);
    });
    test.peer.send('[68,1,7,{},[0, -1, 9007199254740991, 0.5, 17.25, 1e+21, null, "1.10", {"t":"12:30:45.120"}]]');
    await test.peer.next();
    expect(seen).to.deep.equal([[0, -1, 2 ** 53 - 1, 0.5, 17.25, 10 ** 21, null, '1.10', { t: '12:30:45.120' }]]);
  });
});

describe('WAMP session: payload as JSON text', () => {
  const texts: [what: string, payload: PayloadText, sent: string][] = [
    ['args', new PayloadText('[1.10, {"b": 1, "a": 2}]'), ',[1.10, {"b": 1, "a": 2}]'],
    ['args and kwargs', new PayloadText('[]', '{"n": 1.0}'), ',[],{"n": 1.0}'],
    ['kwargs', new PayloadText('', '{"n": 1.0}'), ',[],{"n": 1.0}'],
    ['nothing', new PayloadText(''), ''],
  ];
  for (const [what, payload, sent] of texts) {
    it(`is sent unchanged: ${what}`, async () => {
      const endpoint: Endpoint = async (_args, _kwargs, { progress }) => {
        await progress?.(payload);
        return payload;
      };
      await using test = await joinCallee(endpoint);
      test.peer.send([68, 1, 7, { receive_progress: true }]);
      expect(await test.peer.nextText()).to.equal(`[70,1,{"progress":true}${sent}]`);
      expect(await test.peer.nextText()).to.equal(`[70,1,{}${sent}]`);
    });
  }

  it('fails only this call if it is too large', async () => {
    await using test = await joinCallee(() => new PayloadText(`["${'x'.repeat(2000)}"]`), {
      options: { max_message_size: 1024 },
    });
    test.peer.send([68, 1, 7, {}]);
    expect((await test.peer.next())[4]).to.equal('wamp.error.payload_size_exceeded');
    expect(test.session.lost.aborted).to.equal(false);
  });
});
