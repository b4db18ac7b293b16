import { expect } from 'chai';
import type { Call, CancelMode } from '../clients/client.ts';
import { failureOf, type WampFailure } from '../wamp-failure.ts';
import type { Scenario, Stage } from './scenario.ts';

const CANCELED = ['wamp.error.canceled', undefined];

async function cancelWith(mode: CancelMode | undefined, { join, peer, uri }: Stage) {
  const [callee, caller] = [await peer(), await join()];
  await callee.request(64, {}, uri('slow'));
  const call = caller.call(uri('slow'));
  const failure = failureOf(call.result);
  const [, invocation] = await callee.messages.next('INVOCATION');
  call.cancel(mode);
  return { callee, caller, failure, invocation: invocation as number };
}

/** A client may say that it was its own doing, without the router's URI. */
async function expectCanceled(failure: Promise<WampFailure>) {
  expect((await failure).uri).to.be.oneOf(CANCELED);
}

async function kill(stage: Stage) {
  const { callee, failure, invocation } = await cancelWith('kill', stage);
  expect((await callee.messages.next('INTERRUPT')).slice(0, 2)).to.deep.equal([69, invocation]);
  callee.send([8, 68, invocation, {}, 'wamp.error.canceled']);
  await expectCanceled(failure);
}

async function killNoWait(stage: Stage) {
  const { callee, failure, invocation } = await cancelWith('killnowait', stage);
  await expectCanceled(failure);
  expect((await callee.messages.next('INTERRUPT')).slice(0, 2)).to.deep.equal([69, invocation]);
}

async function skip(stage: Stage) {
  const { callee, failure, caller, invocation } = await cancelWith('skip', stage);
  await expectCanceled(failure);
  callee.send([70, invocation, {}, ['too late']]);
  expect(await caller.publish(stage.uri('topic'), {})).to.be.a('number');
}

async function withoutMode(stage: Stage) {
  const { callee, failure, invocation } = await cancelWith(undefined, stage);
  await expectCanceled(failure);
  expect((await callee.messages.next('INTERRUPT')).slice(0, 2)).to.deep.equal([69, invocation]);
}

async function calleeCanceled({ join, peer, uri }: Stage) {
  const [callee, caller] = [await join(), await peer()];
  await callee.register(uri('slow'), { does: 'hang' });
  await callee.register(uri('echo'), { does: 'echo' });
  caller.send([48, 1, {}, uri('slow')]);
  caller.send([49, 1, { mode: 'killnowait' }]);
  const [type, requestType, request, , error] = await caller.messages.next('ERROR');
  expect([type, requestType, request, error]).to.deep.equal([8, 48, 1, 'wamp.error.canceled']);
  caller.send([48, 2, {}, uri('echo'), ['still there']]);
  const [result, answered, , args] = await caller.messages.next('RESULT');
  expect([result, answered, args]).to.deep.equal([50, 2, ['still there']]);
}

async function timeout({ join, uri }: Stage) {
  const [callee, caller] = [await join(), await join()];
  await callee.register(uri('slow'), { does: 'hang' });
  const call: Call = caller.call(uri('slow'), {}, { timeout: 50 });
  expect((await failureOf(call.result)).uri).to.be.oneOf(['wamp.error.timeout', 'wamp.error.canceled']);
}

const cannot = (mode: string) => ({
  AutobahnJS: `it takes the answer to a CANCEL of mode ${mode} for a violation of the protocol`,
  'Autobahn|Python': 'its API has no mode',
});

export const cancellation: readonly Scenario[] = [
  {
    name: 'cancels a call by kill when the callee has answered',
    run: kill,
    lacking: { 'Autobahn|Python': 'its API has no mode' },
  },
  {
    name: 'cancels a call by killnowait at once, and interrupts the callee',
    run: killNoWait,
    lacking: cannot('killnowait'),
  },
  { name: 'cancels a call by skip at once, without an INTERRUPT', run: skip, lacking: cannot('skip') },
  {
    name: 'cancels a call without a mode as by killnowait',
    run: withoutMode,
    lacking: { AutobahnJS: 'it takes the answer to a CANCEL without a mode for a violation of the protocol' },
  },
  { name: 'cancels a call to the client library, which still answers others', run: calleeCanceled },
  { name: 'ends a call after its timeout in milliseconds', run: timeout },
];
