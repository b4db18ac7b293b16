import fc from 'fast-check';

const OPTION_NAMES = [
  'acknowledge',
  'authmethods',
  'concurrency',
  'constructor',
  'eligible',
  'exclude',
  'exclude_authid',
  'features',
  'get_retained',
  'invoke',
  'match',
  'mode',
  'ppt_scheme',
  'progress',
  'receive_progress',
  'retain',
  'roles',
  'timeout',
  '__proto__',
];

const URIS = [
  'com.example',
  'com..example',
  '',
  '.',
  'com.example.',
  'realm1',
  'prefix',
  'wildcard',
  'roundrobin',
  '__proto__',
  'wamp.session.list',
  'wamp.session.get',
  'wamp.session.add_testament',
  'wamp.subscription.match',
  'wamp.registration.lookup',
  '\u0000',
  '\u0000AAA=',
  '\u{1f418}',
  '\ud800',
];

const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, 2, -1, 1.5, -0, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom<unknown>(
    2 ** 31,
    2 ** 32,
    2 ** 53,
    -(2 ** 53),
    2 ** 63,
    1e308,
    2n ** 53n + 1n,
    2n ** 64n - 1n,
    -(2n ** 63n),
  ),
  fc.constantFrom<unknown>(...URIS),
  fc.uint8Array({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const anyValue = fc.letrec<{ value: unknown; list: unknown[]; dict: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, { weight: 4, arbitrary: scalar }, tie('list'), tie('dict')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  dict: fc
    .array(fc.tuple(fc.constantFrom(...OPTION_NAMES), tie('value')), { maxLength: 3 })
    .map((entries) => Object.fromEntries(entries)),
}));

/** Of the right type nearly always: a message of another shape is the end of its session. */
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 50, arbitrary }, { weight: 1, arbitrary: anyValue.value });
}

const id = mostly(fc.integer({ min: 1, max: 4 }));

const sensible = fc.constantFrom(
  {},
  { acknowledge: true, exclude_me: false },
  { acknowledge: true, retain: true, exclude_me: false, disclose_me: true },
  { match: 'prefix', get_retained: true, invoke: 'roundrobin' },
  { match: 'wildcard', concurrency: 1 },
  { receive_progress: true, timeout: 1, mode: 'kill' },
);

const dict = fc.oneof(sensible, mostly(anyValue.dict));
const uri = fc.oneof(fc.constant('com.example'), mostly(fc.constantFrom(...URIS)));

const payload = fc.oneof(
  fc.constant([]),
  fc.tuple(mostly(anyValue.list)),
  fc.tuple(mostly(anyValue.list), mostly(anyValue.dict)),
);

function like(type: number, ...elements: fc.Arbitrary<unknown>[]): fc.Arbitrary<readonly unknown[]> {
  return fc.tuple(...elements).map((rest) => [type, ...rest]);
}

function withPayload(head: fc.Arbitrary<readonly unknown[]>): fc.Arbitrary<readonly unknown[]> {
  return fc.tuple(head, payload).map(([elements, rest]) => [...elements, ...rest]);
}

/** A message in the order in which clients send theirs, with values that none of them sends. */
export const strangeMessage: fc.Arbitrary<readonly unknown[]> = fc.oneof(
  { weight: 10, arbitrary: withPayload(like(16, id, dict, uri)) },
  { weight: 10, arbitrary: withPayload(like(48, id, dict, uri)) },
  { weight: 10, arbitrary: like(32, id, dict, uri) },
  { weight: 10, arbitrary: like(64, id, dict, uri) },
  { weight: 5, arbitrary: like(34, id, id) },
  { weight: 5, arbitrary: like(66, id, id) },
  { weight: 5, arbitrary: like(49, id, dict) },
  { weight: 2, arbitrary: withPayload(like(70, id, dict)) },
  { weight: 2, arbitrary: withPayload(like(8, fc.constant(68), id, dict, uri)) },
  { weight: 1, arbitrary: fc.oneof(like(1, uri, dict), like(5, uri, dict), like(3, dict, uri), like(6, dict, uri)) },
  { weight: 1, arbitrary: anyValue.list },
);
