import fc from 'fast-check';
import { matched, message, option, referring, request, type Template, uri, withPayload } from './message-values.ts';
import { ref } from './refs.ts';

const registerOptions = fc.record({
  invoke: option('single', 'first', 'last', 'roundrobin', 'roundrobin', 'random', 'random'),
  concurrency: option(0, 1, 1, 2),
  disclose_caller: option(true),
  forward_timeout: option(true),
  force_reregister: fc.constantFrom(undefined, undefined, undefined, undefined, true),
});

const register = fc
  .tuple(matched, registerOptions)
  .map(([{ uri: procedure, match }, rest]): Template => [64, ref('request', 0), { match, ...rest }, procedure]);

const unregister = message(66, request, referring('registration'));

const callOptions = fc.record({
  timeout: option(0, 10, 30),
  receive_progress: option(true, true, false),
  disclose_me: option(true),
  progress: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, true),
});

/** Procedures that can be called, or may exist. */
const called = fc.oneof({ weight: 3, arbitrary: referring('callable') }, { weight: 1, arbitrary: uri });

const call = withPayload(message(48, request, callOptions, called));

/** More of a progressive call, or a second call under the id of another. */
const callAgain = withPayload(message(48, referring('call'), callOptions, referring('procedure')));

const cancel = message(49, referring('call'), fc.record({ mode: option('skip', 'kill', 'killnowait') }));

const yieldResult = withPayload(message(70, referring('invocation'), fc.record({ progress: option(true) })));

const error = withPayload(message(8, fc.constant(68), referring('invocation'), fc.constant({}), uri));

function callMeta(procedure: string, ...args: readonly Template[]): fc.Arbitrary<Template> {
  return fc.constantFrom(...args).map((list) => [48, ref('request', 0), {}, procedure, list]);
}

const metaCall = fc.oneof(
  callMeta('wamp.session.count', [], [['staff']]),
  callMeta('wamp.session.kill', [ref('session', 0)], [ref('session', 1)], [ref('session', 2)], [0], []),
  callMeta('wamp.subscription.count_subscribers', [ref('subscription', 0)], [ref('subscription', 1)], ['x']),
  callMeta('wamp.registration.count_callees', [ref('registration', 0)], [ref('registration', 1)], [4_711_000]),
  callMeta('wamp.registration.match', ['a.b'], ['b.b.c'], [1]),
);

/** The messages of callers and callees. */
export const dealerMessage = fc.oneof(
  { weight: 8, arbitrary: register },
  { weight: 2, arbitrary: unregister },
  { weight: 12, arbitrary: call },
  { weight: 1, arbitrary: metaCall },
  { weight: 2, arbitrary: callAgain },
  { weight: 3, arbitrary: cancel },
  { weight: 10, arbitrary: yieldResult },
  { weight: 3, arbitrary: error },
);

const busyOptions = fc.record({
  timeout: fc.constantFrom(undefined, 10, 30),
  receive_progress: fc.constantFrom(undefined, true, true),
  progress: fc.constantFrom(undefined, undefined, undefined, true),
});

/** A CALL under an id that was used before: what was under way while the call was ended, or another call. */
const callLate = message(48, referring('spent'), busyOptions, fc.constant('a.b'));

/** Much going on at one procedure, that many provide in the same way. */
export function busyMessage(invoke: string): fc.Arbitrary<Template> {
  const options = fc.record({
    invoke: fc.constant(invoke),
    concurrency: fc.constantFrom(undefined, undefined, 1, 2),
    forward_timeout: fc.constantFrom(undefined, undefined, undefined, true),
  });
  return fc.oneof(
    { weight: 5, arbitrary: message(64, request, options, fc.constant('a.b')) },
    { weight: 2, arbitrary: unregister },
    { weight: 9, arbitrary: withPayload(message(48, request, busyOptions, fc.constant('a.b'))) },
    { weight: 3, arbitrary: callAgain },
    { weight: 1, arbitrary: callLate },
    { weight: 2, arbitrary: cancel },
    { weight: 4, arbitrary: yieldResult },
    { weight: 3, arbitrary: message(70, referring('invocation'), fc.constant({ progress: true })) },
    { weight: 1, arbitrary: error },
  );
}
