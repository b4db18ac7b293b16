import { WampError } from '@pgwamp/core';
import { withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Endpoint, InvocationDetails } from '../../src/wamp/index.ts';
import { joinCallee } from '../support/callee.ts';

describe('WAMP session: endpoint', () => {
  it('receives the cancellation by its signal, and the connection stays open (AutobahnJS trap 1)', async () => {
    const aborted = Promise.withResolvers<void>();
    const endpoint: Endpoint = (_args, _kwargs, { signal }) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return new Promise(() => undefined);
    };
    await using test = await joinCallee(endpoint);
    const { peer } = test;
    peer.send([68, 1, 7, {}]);
    peer.send([69, 1, { mode: 'kill' }]);
    await withDeadline(aborted.promise, 20_000, 'the signal');
    expect(await peer.next()).to.deep.equal([8, 68, 1, {}, 'wamp.error.canceled']);
    peer.send([69, 1, {}]);
    peer.send([69, 99, {}]);
    expect(await peer.isOpen()).to.equal(true);
  });

  it('is canceled without effect on other calls', async () => {
    const finish = new Map<unknown, (value: unknown) => void>();
    const endpoint: Endpoint = ([name]) => new Promise((resolve) => finish.set(name, resolve));
    await using test = await joinCallee(endpoint);
    const { peer } = test;
    peer.send([68, 1, 7, {}, ['one']]);
    peer.send([68, 2, 7, {}, ['two']]);
    peer.send([69, 1, {}]);
    expect(await peer.next()).to.deep.equal([8, 68, 1, {}, 'wamp.error.canceled']);
    finish.get('two')?.('done');
    expect(await peer.next()).to.deep.equal([70, 2, {}, ['done']]);
  });

  it('receives an aborted signal when the session is lost', async () => {
    const started = Promise.withResolvers<AbortSignal>();
    const endpoint: Endpoint = (_args, _kwargs, { signal }) => {
      started.resolve(signal);
      return new Promise(() => undefined);
    };
    await using test = await joinCallee(endpoint);
    test.peer.send([68, 1, 7, {}]);
    const signal = await started.promise;
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    test.peer.webSocket.terminate();
    await withDeadline(aborted, 20_000, 'the signal');
  });

  it('receives all details of the invocation (AutobahnJS trap 12)', async () => {
    const seen: InvocationDetails[] = [];
    const endpoint: Endpoint = (_args, _kwargs, details) => {
      seen.push(details);
    };
    await using test = await joinCallee(endpoint);
    const details = {
      caller: 3,
      caller_authid: 'joe',
      caller_authrole: 'user',
      procedure: 'com.example.procedure',
      receive_progress: true,
      timeout: 2000,
      trustlevel: 1,
      custom: [1],
    };
    test.peer.send([68, 1, 7, details]);
    test.peer.send([68, 2, 7, { timeout: 1 }]);
    await test.peer.next();
    await test.peer.next();
    expect(seen[0]).to.deep.include(details);
    expect(seen[0]?.progress).to.be.a('function');
    expect(seen[0]?.signal).to.be.instanceOf(AbortSignal);
    expect(seen[1]).to.deep.include({ procedure: 'com.example.procedure', timeout: 1, progress: null });
  });

  it('sends progressive results if the caller requests them', async () => {
    const endpoint: Endpoint = (_args, _kwargs, { progress }) => {
      progress?.([1], { row: 1 });
      progress?.([[2]]);
      return 'end';
    };
    await using test = await joinCallee(endpoint);
    test.peer.send([68, 1, 7, { receive_progress: true }]);
    expect(await test.peer.next()).to.deep.equal([70, 1, { progress: true }, [1], { row: 1 }]);
    expect(await test.peer.next()).to.deep.equal([70, 1, { progress: true }, [[2]]]);
    expect(await test.peer.next()).to.deep.equal([70, 1, {}, ['end']]);
  });

  const results: [what: string, result: unknown, payload: unknown[]][] = [
    ['nothing', undefined, []],
    ['null', null, [[null]]],
    ['an array', [1, 2], [[[1, 2]]]],
    ['an object', { a: 1 }, [[{ a: 1 }]]],
    ['args and kwargs', { args: [1, [2]], kwargs: { a: 3 } }, [[1, [2]], { a: 3 }]],
  ];
  for (const [what, result, payload] of results) {
    it(`returns ${what} exactly`, async () => {
      await using test = await joinCallee(async () => result);
      test.peer.send([68, 1, 7, {}]);
      expect(await test.peer.next()).to.deep.equal([70, 1, {}, ...payload]);
    });
  }

  const failures: [what: string, thrown: unknown, payload: unknown[]][] = [
    [
      'a WampError, as its URI with its arguments',
      new WampError('com.example.error.stock', ['sold out', 0], { item: 'x' }),
      ['com.example.error.stock', ['sold out', 0], { item: 'x' }],
    ],
    ['an Error, with its message', new TypeError('oops'), ['wamp.error.runtime_error', ['oops']]],
    ['anything else', 'a string', ['wamp.error.runtime_error', ['a string']]],
  ];
  for (const [what, error, payload] of failures) {
    it(`throws ${what} (AutobahnJS trap 11)`, async () => {
      await using test = await joinCallee(() => {
        throw error;
      });
      test.peer.send([68, 1, 7, {}]);
      expect(await test.peer.next()).to.deep.equal([8, 68, 1, {}, ...payload]);
    });
  }

  it('fails only this call if the result or the error is too large', async () => {
    const large = 'x'.repeat(2000);
    const endpoint: Endpoint = ([wanted], _kwargs, { progress }) => {
      if (wanted === 'error') throw new WampError('com.example.error', [large]);
      if (wanted === 'progress') progress?.([large]);
      return large;
    };
    await using test = await joinCallee(endpoint, { options: { max_message_size: 1024 } });
    for (const [index, wanted] of ['result', 'error', 'progress'].entries()) {
      test.peer.send([68, index + 1, 7, { receive_progress: true }, [wanted]]);
      const answer = await test.peer.next();
      expect(answer.slice(0, 5)).to.deep.equal([8, 68, index + 1, {}, 'wamp.error.payload_size_exceeded']);
    }
    expect(test.session.lost.aborted).to.equal(false);
  });

  it('fails only this call if the result cannot be serialized (AutobahnJS trap 7)', async () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    await using test = await joinCallee(([wanted]) => (wanted === 'cycle' ? cycle : 10n ** 20n));
    test.peer.send([68, 1, 7, {}, ['cycle']]);
    const [, , request, , error] = await test.peer.next();
    expect([request, error]).to.deep.equal([1, 'wamp.error.runtime_error']);
    test.peer.send([68, 2, 7, {}, []]);
    expect(await test.peer.nextText()).to.equal('[70,2,{},[100000000000000000000]]');
  });
});
