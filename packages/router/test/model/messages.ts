import fc from 'fast-check';
import { ref } from './refs.ts';

type Template = readonly unknown[];

const URIS = ['a.b', 'a.b.c', 'a.b.c', 'b.b.c', 'ab'];
const PATTERNS = ['a', 'a.', 'a.b', '', 'a..c', '.b.c', '..', '..c'];
const META_TOPICS = [
  'wamp.session.on_join',
  'wamp.session.on_leave',
  'wamp.subscription.on_create',
  'wamp.registration.',
];
const BAD_URIS = ['', 'a b', 'a..b', '.a', 'a.', 'a#', 'wamp', 'wamp.x', 'wamp.session.nothing'];
const WRONG = [undefined, null, 0, -1, 1.5, 2 ** 53 + 2, true, 'x', [], [1], [''], {}, { a: 1 }];

const uri = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...URIS) },
  { weight: 1, arbitrary: fc.constantFrom(...BAD_URIS) },
);

const matched = fc.oneof(
  { weight: 30, arbitrary: fc.record({ uri, match: fc.constantFrom(undefined, 'exact') }) },
  { weight: 1, arbitrary: fc.record({ uri, match: fc.constantFrom(...WRONG.map(asOption)) }) },
  { weight: 40, arbitrary: fc.record({ uri: fc.constantFrom(...PATTERNS, ...URIS), match: policy() }) },
);

function policy(): fc.Arbitrary<unknown> {
  return fc.constantFrom('prefix', 'wildcard');
}

/** What JSON leaves out is not there. */
function asOption(value: unknown): unknown {
  return value === undefined ? 'nonsense' : value;
}

const wrongOption = fc.constantFrom(...WRONG.map(asOption));

/** An option that is usually not there, usually right if it is, and sometimes neither. */
function option(...values: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(undefined) },
    { weight: 20, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: wrongOption },
  );
}

function listOption(item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 80, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: fc.array(item, { maxLength: 2 }) },
    { weight: 1, arbitrary: wrongOption },
  );
}

const sessions = listOption(fc.nat(4).map((index) => ref('session', index)));
const authids = listOption(fc.constantFrom('joe', 'ann', 'nobody'));
const authroles = listOption(fc.constantFrom('staff', 'guest', 'nobody'));

const payload = fc.constantFrom<Template>([], [], [[]], [[1, 'two']], [[[1]]], [[null], { k: { l: 1 } }], [[], {}]);
const request = fc.constant(ref('request', 0));
const id = fc.nat(5);

function message(type: number, ...elements: fc.Arbitrary<unknown>[]): fc.Arbitrary<Template> {
  return fc.tuple(...elements).map((rest) => [type, ...rest]);
}

function withPayload(head: fc.Arbitrary<Template>): fc.Arbitrary<Template> {
  return fc.tuple(head, payload).map(([elements, rest]) => [...elements, ...rest]);
}

function options(of: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  return fc.record(of);
}

const subscribedTo = fc.oneof(
  { weight: 8, arbitrary: matched },
  {
    weight: 1,
    arbitrary: fc.record({ uri: fc.constantFrom(...META_TOPICS), match: fc.constantFrom(undefined, 'prefix') }),
  },
);

const subscribe = fc
  .tuple(subscribedTo, option(true, false))
  .map(([{ uri, match }, retained]): Template => [32, ref('request', 0), { match, get_retained: retained }, uri]);

const unsubscribe = message(
  34,
  request,
  id.map((index) => ref('subscription', index)),
);

const publishOptions = options({
  acknowledge: fc.constantFrom(true, true, false, undefined, 'x'),
  exclude_me: option(true, false),
  disclose_me: option(true, false),
  retain: option(true, false),
  exclude: sessions,
  eligible: sessions,
  exclude_authid: authids,
  eligible_authid: authids,
  exclude_authrole: authroles,
  eligible_authrole: authroles,
});

const publish = withPayload(message(16, request, publishOptions, uri));

const registerOptions = options({
  invoke: option('single', 'first', 'last', 'roundrobin', 'roundrobin', 'random', 'random'),
  concurrency: option(0, 1, 1, 2),
  disclose_caller: option(true),
  forward_timeout: option(true),
  force_reregister: fc.constantFrom(undefined, undefined, undefined, undefined, true),
});

const register = fc
  .tuple(matched, registerOptions)
  .map(([{ uri, match }, rest]): Template => [64, ref('request', 0), { match, ...(rest as object) }, uri]);

const unregister = message(
  66,
  request,
  id.map((index) => ref('registration', index)),
);

const callOptions = options({
  timeout: option(0, 10, 30),
  receive_progress: option(true, true, false),
  disclose_me: option(true),
  progress: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, true),
});

/** What can be called, or may be. */
const called = fc.oneof(
  { weight: 3, arbitrary: id.map((index) => ref('callable', index)) },
  { weight: 1, arbitrary: uri },
);

const call = withPayload(message(48, request, callOptions, called));

function callMeta(uri: string, ...args: readonly (readonly unknown[])[]): fc.Arbitrary<Template> {
  return fc.constantFrom(...args).map((list) => [48, ref('request', 0), {}, uri, list]);
}

const metaCall = fc.oneof(
  callMeta('wamp.session.count', [], [['staff']]),
  callMeta('wamp.session.kill', [ref('session', 0)], [ref('session', 1)], [ref('session', 2)], [0], []),
  callMeta('wamp.subscription.count_subscribers', [ref('subscription', 0)], [ref('subscription', 1)], ['x']),
  callMeta('wamp.registration.count_callees', [ref('registration', 0)], [ref('registration', 1)], [4711]),
  callMeta('wamp.registration.match', ['a.b'], ['b.b.c'], [1]),
);

/** More of a progressive call, or a second call under the id of another. */
const callAgain = withPayload(
  message(
    48,
    id.map((index) => ref('call', index)),
    callOptions,
    id.map((index) => ref('procedure', index)),
  ),
);

const cancel = message(
  49,
  id.map((index) => ref('call', index)),
  options({ mode: option('skip', 'kill', 'killnowait') }),
);

const invocation = id.map((index) => ref('invocation', index));

const yieldResult = withPayload(message(70, invocation, options({ progress: option(true) })));

const error = withPayload(message(8, fc.constant(68), invocation, fc.constant({}), uri));

const goodbye = fc.constant<Template>([6, {}, 'wamp.close.normal']);
const abort = fc.constant<Template>([3, {}, 'wamp.close.normal']);
const hello = fc.constant<Template>([1, 'realm1', { roles: {} }]);

const regular = fc.oneof(
  { weight: 8, arbitrary: subscribe },
  { weight: 2, arbitrary: unsubscribe },
  { weight: 10, arbitrary: publish },
  { weight: 8, arbitrary: register },
  { weight: 2, arbitrary: unregister },
  { weight: 12, arbitrary: call },
  { weight: 1, arbitrary: metaCall },
  { weight: 2, arbitrary: callAgain },
  { weight: 3, arbitrary: cancel },
  { weight: 10, arbitrary: yieldResult },
  { weight: 3, arbitrary: error },
);

const final = fc.oneof(goodbye, abort, hello);

/** A message with one element too many, one too few, or one that is wrong. */
const spoilt = fc
  .tuple(regular, fc.nat(6), fc.constantFrom(...WRONG))
  .map(([template, index, wrong]) =>
    wrong === undefined
      ? template.slice(0, index)
      : Object.assign([...template], { [Math.min(index, template.length)]: wrong }),
  );

/** Any message, with references in the place of ids; most of them make sense. */
export const anyMessage: fc.Arbitrary<Template> = fc.oneof(
  { weight: 90, arbitrary: regular },
  { weight: 1, arbitrary: spoilt },
  { weight: 1, arbitrary: final },
);
