import { expect } from 'chai';
import { failureOf } from '../wamp-failure.ts';
import type { Scenario, Stage } from './scenario.ts';

const payloads = [
  { args: ['hello', 7, true, null, 1.5], kwargs: { nested: { list: [1, [2, []]] }, text: 'Grüße 🐘' } },
  { args: [1, 2], kwargs: {} },
  { args: [[1, 2]], kwargs: {} },
  { args: [], kwargs: { only: 'keywords' } },
];

async function echo({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('echo'), { does: 'echo' });
  for (const payload of payloads) {
    expect(await caller.call(uri('echo'), payload).result).to.deep.equal(payload);
  }
}

async function manyAtATime({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('echo'), { does: 'echo' });
  const calls = Array.from({ length: 64 }, (_, index) => caller.call(uri('echo'), { args: [index] }).result);
  const results = await Promise.all(calls);
  expect(results.map(({ args }) => args[0])).to.deep.equal(calls.map((_, index) => index));
}

async function applicationError({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  const failure = { uri: 'com.example.error.teapot', args: [1, 'two', [3]], kwargs: { four: { five: 6 } } };
  await callee.register(uri('fail'), { does: 'fail', ...failure });
  const { uri: error, args, kwargs } = await failureOf(caller.call(uri('fail')).result);
  expect({ uri: error, args, kwargs }).to.deep.equal(failure);
}

async function noSuchProcedure({ join, uri }: Stage) {
  const caller = await join();
  const failure = await failureOf(caller.call(uri('nothing')).result);
  expect(failure.uri).to.equal('wamp.error.no_such_procedure');
}

async function alreadyRegistered({ join, uri }: Stage) {
  const [first, second] = [await join(), await join()];
  await first.register(uri('taken'), { does: 'echo' });
  const failure = await failureOf(second.register(uri('taken'), { does: 'echo' }));
  expect(failure.uri).to.equal('wamp.error.procedure_already_exists');
}

async function unregistered({ join, uri }: Stage) {
  const [first, second, caller] = [await join(), await join(), await join()];
  await first.register(uri('moves'), { does: 'answer', value: 'first' });
  await first.unregister(uri('moves'));
  await second.register(uri('moves'), { does: 'answer', value: 'second' });
  expect((await caller.call(uri('moves')).result).args).to.deep.equal(['second']);
}

async function progress({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('steps'), { does: 'progress' });
  const call = caller.call(uri('steps'), { args: [3] }, { receive_progress: true });
  expect((await call.result).args).to.deep.equal(['done']);
  expect((await call.progress.take(3, 'progress')).map(({ args }) => args)).to.deep.equal([[1], [2], [3]]);
}

async function progressToCaller({ join, peer, uri }: Stage) {
  const [callee, caller] = [await peer(), await join()];
  await callee.request(64, {}, uri('steps'));
  const call = caller.call(uri('steps'), {}, { receive_progress: true });
  const [, invocation, , details] = await callee.messages.next('INVOCATION');
  expect(details).to.include({ receive_progress: true });
  callee.send([70, invocation, { progress: true }, ['first']]);
  callee.send([70, invocation, {}, ['last']]);
  expect((await call.progress.next('progress')).args).to.deep.equal(['first']);
  expect((await call.result).args).to.deep.equal(['last']);
}

async function calleeVanishes({ join, peer, uri }: Stage) {
  const [callee, caller] = [await peer(), await join()];
  await callee.request(64, {}, uri('gone'));
  const { result } = caller.call(uri('gone'));
  const failure = failureOf(result);
  await callee.messages.next('INVOCATION');
  await callee.vanish();
  expect((await failure).uri).to.equal('wamp.error.canceled');
}

async function sessionsCounted({ join }: Stage) {
  const client = await join();
  await join();
  const [count] = (await client.call('wamp.session.count').result).args;
  expect(count).to.be.a('number').and.to.be.at.least(2);
}

async function joinAnnounced({ join }: Stage) {
  const watcher = await join();
  const events = await watcher.subscribe('wamp.session.on_join');
  const { session } = await join();
  const [details] = (await events.next('the event of the joining')).args;
  expect(details).to.include({ session, authrole: 'anonymous' });
}

export const calls: readonly Scenario[] = [
  { name: 'passes args and kwargs to a procedure, and its result to the caller', run: echo, everyWire: true },
  { name: 'answers each of 64 calls at a time with its own result', run: manyAtATime, everyWire: true },
  { name: 'passes an error with its args and kwargs to the caller', run: applicationError, everyWire: true },
  { name: 'answers a call of an unregistered procedure with no_such_procedure', run: noSuchProcedure },
  { name: 'refuses a second registration of a procedure', run: alreadyRegistered },
  { name: 'allows another session to register an unregistered procedure', run: unregistered },
  { name: 'sends progressive results to a caller that requests them', run: progressToCaller },
  {
    name: 'passes on the progressive results of the client library',
    run: progress,
    everyWire: true,
  },
  { name: 'answers a call with wamp.error.canceled if the callee vanishes', run: calleeVanishes },
  { name: 'counts the sessions of the realm', run: sessionsCounted },
  { name: 'publishes wamp.session.on_join for each new session', run: joinAnnounced },
];
