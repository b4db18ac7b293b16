import { SessionLostError, WampError } from '@pgwamp/core';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { rejection } from '@pgwamp/harness/fixtures/rejection';
import { expect } from 'chai';
import { ExternalSession } from '../../src/wamp/autobahn/external-session.ts';
import { type EventDetails, type InvocationDetails, PayloadText, stringify } from '../../src/wamp/index.ts';
import { abortion } from '../support/abort.ts';
import { application } from '../support/application.ts';
import { startRealRouter } from '../support/real-router.ts';

const limits = { maxMessageSize: 16 * 1024 * 1024, maxDepth: 128 };
const procedure = 'com.example.procedure';
const topic = 'com.example.topic';

/** An external session, and one of our own at the same router. */
async function open() {
  const router = await startRealRouter();
  const app = await application(router.url);
  const other = await router.join();
  const external = new ExternalSession(app.session, limits);
  const dispose = async () => {
    await external.leave();
    app.close();
    await router[Symbol.asyncDispose]();
  };
  return { router, app, other, external, [Symbol.asyncDispose]: dispose };
}

describe('External session: calls', () => {
  const results: [what: string, result: unknown, text: string][] = [
    ['nothing', undefined, '{"args":[],"kwargs":{}}'],
    ['one value', 3, '{"args":[3],"kwargs":{}}'],
    ['an array', [1, 2], '{"args":[[1,2]],"kwargs":{}}'],
    ['args and kwargs', { args: [1, 2], kwargs: { a: 3 } }, '{"args":[1,2],"kwargs":{"a":3}}'],
    ['text', new PayloadText('[1, [2]]', '{"a": 3}'), '{"args":[1,[2]],"kwargs":{"a":3}}'],
    ['text of a long number', new PayloadText('[9223372036854775807]'), '{"args":[9223372036854775807],"kwargs":{}}'],
  ];
  it('answers with any value that an endpoint may return', async () => {
    await using test = await open();
    await test.external.register(procedure, ([index]) => results[Number(index)]?.[1]);
    for (const [index, [what, , text]] of results.entries()) {
      expect(stringify(await test.other.call(procedure, [index])), what).to.equal(text);
    }
  });

  it('answers with errors, and with progressive results', async () => {
    await using test = await open();
    const { external, other } = test;
    await external.register(procedure, async ([wanted], _kwargs, { progress }) => {
      if (wanted === 'error') throw new WampError('com.example.error', ['sold out'], { item: 'x' });
      if (wanted === 'oops') throw new TypeError('oops');
      await progress?.(new PayloadText('[1.10]'));
      await progress?.([2], { row: 2 });
      return 'end';
    });
    const error = await rejection<WampError>(other.call(procedure, ['error']));
    expect([error.error, error.args, error.kwargs]).to.deep.equal(['com.example.error', ['sold out'], { item: 'x' }]);
    const oops = await rejection<WampError>(other.call(procedure, ['oops']));
    expect([oops.error, oops.args]).to.deep.equal(['wamp.error.runtime_error', ['oops']]);
    const progress: unknown[] = [];
    const { args } = await other.call(procedure, [], {}, { onProgress: (result) => progress.push(result) });
    expect(JSON.stringify([progress, args])).to.equal(
      '[[{"args":[1.10],"kwargs":{}},{"args":[2],"kwargs":{"row":2}}],["end"]]',
    );
  });

  it('passes the details that AutobahnJS passes, and ends its registrations when it leaves', async () => {
    await using test = await open();
    const seen: InvocationDetails[] = [];
    const options = { match: 'prefix', disclose_caller: true };
    await test.external.register('com.example', (_args, _kwargs, details) => seen.push(details), options);
    await test.other.call(procedure);
    expect(seen[0]).to.include({ procedure, caller: test.other.id, caller_authrole: 'anonymous', progress: null });
    expect(seen[0]?.signal.aborted).to.equal(false);
    await test.external.leave();
    expect(test.app.session.isOpen).to.equal(true);
    const gone = await rejection<WampError>(test.other.call(procedure));
    expect(gone.error).to.equal('wamp.error.no_such_procedure');
  });

  it('reports a refused registration, a revocation and the loss of the session', async () => {
    await using test = await open();
    const { external, other, router } = test;
    const reasons: unknown[] = [];
    const signals: AbortSignal[] = [];
    const end = await external.register(
      procedure,
      () => 1,
      {},
      (reason) => reasons.push(reason),
    );
    await other.register(procedure, () => 2, { force_reregister: true });
    await waitFor(() => reasons.length === 1, { what: 'the revocation' });
    const refused = await rejection<WampError>(external.register(procedure, () => 1));
    expect(refused.error).to.equal('wamp.error.procedure_already_exists');
    const endSlow = await external.register('com.example.slow', (_args, _kwargs, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const call = rejection(other.call('com.example.slow'));
    await waitFor(() => signals.length === 1, { what: 'the call' });
    await router.router.close();
    await call;
    const [signal] = signals;
    expect(await abortion(signal as AbortSignal)).to.be.instanceOf(SessionLostError);
    await end();
    await endSlow();
    expect(reasons).to.have.length(1);
    expect(await rejection(external.register(procedure, () => 1))).to.equal(external.lost.reason);
  });
});

describe('External session: events', () => {
  it('passes events to the handler until it unsubscribes', async () => {
    await using test = await open();
    const { external, other } = test;
    const seen: [unknown[], object, EventDetails][] = [];
    const end = await external.subscribe('com.example', (...event) => seen.push(event), { match: 'prefix' });
    const id = await other.publish(topic, ['a'], { b: 2 }, { acknowledge: true, disclose_me: true });
    await waitFor(() => seen.length === 1, { what: 'the event' });
    expect(seen[0]?.slice(0, 2)).to.deep.equal([['a'], { b: 2 }]);
    expect(seen[0]?.[2]).to.include({ topic, publication: id, publisher: other.id });
    await Promise.all([end(), end()]);
    const another = Promise.withResolvers<void>();
    await external.subscribe(topic, () => another.resolve());
    await other.publish(topic);
    await withDeadline(another.promise, 20_000, 'the event of the other subscription');
    expect(seen).to.have.length(1);
  });

  it('cannot be paused, and drained() resolves immediately', async () => {
    await using test = await open();
    expect(test.external.pause()).to.equal(false);
    test.external.resume();
    await test.external.drained();
    await test.router.router.close();
    await abortion(test.external.lost);
    expect(await rejection(test.external.drained())).to.equal(test.external.lost.reason);
  });
});
