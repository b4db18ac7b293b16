import { SessionLostError, WampError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection, thrown } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import type { Endpoint, Progress } from '../../src/wamp/index.ts';
import { abortion } from '../support/abort.ts';
import { joinCallee } from '../support/callee.ts';
import { startRealRouter } from '../support/real-router.ts';

/** An endpoint that a test finishes, or lets fail, itself. */
function manual() {
  const outcome = Promise.withResolvers<unknown>();
  const started = Promise.withResolvers<{ signal: AbortSignal; progress: Progress | null }>();
  const endpoint: Endpoint = (_args, _kwargs, { signal, progress }) => {
    started.resolve({ signal, progress });
    return outcome.promise;
  };
  return { endpoint, started: started.promise, outcome };
}

describe('WAMP session: INTERRUPT', () => {
  it('aborts the signal of the endpoint, with the mode and the reason of the router', async () => {
    const { endpoint, started } = manual();
    await using test = await joinCallee(endpoint);
    test.peer.send([68, 1, 7, {}]);
    const { signal } = await started;
    test.peer.send([69, 1, { mode: 'killnowait', reason: 'wamp.error.timeout' }]);
    const reason = await abortion(signal);
    expect(reason).to.be.instanceOf(WampError).and.to.include({ error: 'wamp.error.timeout' });
    expect(reason).to.have.deep.property('kwargs', { mode: 'killnowait' });
    expect(await test.peer.next()).to.deep.equal([8, 68, 1, {}, 'wamp.error.timeout']);
  });

  it('has aborted the signal if the endpoint reads it only afterwards', async () => {
    const seen = Promise.withResolvers<() => AbortSignal>();
    await using test = await joinCallee((_args, _kwargs, details) => {
      seen.resolve(() => details.signal);
      return new Promise(() => undefined);
    });
    test.peer.send([68, 1, 7, {}]);
    const look = await seen.promise;
    test.peer.send([69, 1, { mode: 'kill' }]);
    await test.peer.next();
    expect(look().aborted).to.equal(true);
    expect(look()).to.equal(look());
  });

  for (const [how, settle] of [
    ['returns', ({ resolve }: PromiseWithResolvers<unknown>) => resolve('too late')],
    ['throws', ({ reject }: PromiseWithResolvers<unknown>) => reject(new WampError('com.example.error'))],
  ] as const) {
    it(`is answered once if the endpoint ${how} afterwards`, async () => {
      const { endpoint, started, outcome } = manual();
      await using test = await joinCallee(endpoint);
      test.peer.send([68, 1, 7, { receive_progress: true }]);
      const { progress } = await started;
      test.peer.send([69, 1, {}]);
      expect(await test.peer.next()).to.deep.equal([8, 68, 1, {}, 'wamp.error.canceled']);
      expect(thrown<WampError>(() => progress?.([1])).error).to.equal('wamp.error.canceled');
      settle(outcome);
      test.peer.send([69, 1, {}]);
      expect(await test.peer.isOpen()).to.equal(true);
      expect(test.peer.frames).to.have.length(3);
    });
  }

  it('is ignored if the call is already answered', async () => {
    await using test = await joinCallee(() => 'done');
    test.peer.send([68, 1, 7, {}]);
    test.peer.send([69, 1, { mode: 'kill' }]);
    expect(await test.peer.next()).to.deep.equal([70, 1, {}, ['done']]);
    expect(await test.peer.isOpen()).to.equal(true);
    expect(test.peer.frames).to.have.length(3);
  });

  it('comes from a real router when the caller cancels and when the timeout of the call expires', async () => {
    await using router = await startRealRouter();
    await using callee = await router.join();
    await using caller = await router.join();
    const reasons: WampError[] = [];
    const started = Promise.withResolvers<void>();
    await callee.register('com.example.slow', async (_args, _kwargs, { signal }) => {
      started.resolve();
      reasons.push((await abortion(signal)) as WampError);
    });
    const controller = new AbortController();
    const canceled = rejection<WampError>(caller.call('com.example.slow', [], {}, { signal: controller.signal }));
    await started.promise;
    controller.abort();
    expect((await canceled).error).to.equal('wamp.error.canceled');
    const late = await rejection<WampError>(caller.call('com.example.slow', [], {}, { timeout: 20 }));
    expect(late.error).to.equal('wamp.error.timeout');
    await waitFor(() => reasons.length === 2, { what: 'both interrupts' });
    expect(reasons.map(({ kwargs }) => kwargs.mode)).to.deep.equal(['kill', 'killnowait']);
  });
});

describe('WAMP session: a call whose session is lost', () => {
  it('aborts the signal, and ignores a later error of the endpoint', async () => {
    const { endpoint, started, outcome } = manual();
    await using test = await joinCallee(endpoint);
    test.peer.send([68, 1, 7, { receive_progress: true }]);
    const { signal, progress } = await started;
    test.peer.webSocket.terminate();
    expect(await abortion(signal)).to.be.instanceOf(SessionLostError);
    expect(thrown(() => progress?.([1]))).to.equal(test.session.lost.reason);
    const rejections: unknown[] = [];
    const note = (error: unknown) => rejections.push(error);
    process.on('unhandledRejection', note);
    try {
      outcome.reject(new Error('the database was asked to stop'));
      await withDeadline(new Promise((resolve) => setTimeout(resolve)), 20_000, 'a turn of the event loop');
      expect(rejections).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});
