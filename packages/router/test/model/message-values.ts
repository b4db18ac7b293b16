import fc from 'fast-check';
import { ref } from './refs.ts';

/** A message with references in the place of what is known only when it is sent. */
export type Template = readonly unknown[];

const URIS = ['a.b', 'a.b.c', 'a.b.c', 'b.b.c', 'ab'];
const PATTERNS = ['a', 'a.', 'a.b', '', 'a..c', '.b.c', '..', '..c'];
const BAD_URIS = ['', 'a b', 'a..b', '.a', 'a.', 'a#', 'wamp', 'wamp.x', 'wamp.session.nothing'];

/** Values that have the wrong type almost everywhere, or are out of range. */
export const WRONG: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  2 ** 53 + 2,
  true,
  'x',
  [],
  [4_711_000],
  [''],
  {},
  { a: 1 },
];

const wrong = fc.constantFrom(...WRONG);

export const uri = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(...URIS) },
  { weight: 1, arbitrary: fc.constantFrom(...BAD_URIS) },
);

/** A URI to subscribe to or to register, with the way in which it is matched. */
export const matched = fc.oneof(
  { weight: 30, arbitrary: fc.record({ uri, match: fc.constantFrom<unknown[]>(undefined, 'exact') }) },
  { weight: 1, arbitrary: fc.record({ uri, match: wrong }) },
  {
    weight: 40,
    arbitrary: fc.record({
      uri: fc.constantFrom(...PATTERNS, ...URIS),
      match: fc.constantFrom<unknown[]>('prefix', 'wildcard'),
    }),
  },
);

/** An option that is not there as often as it is, and wrong now and then. */
export function option(...values: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(undefined) },
    { weight: 20, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: wrong },
  );
}

/** A list that is usually not there. */
export function listOption(item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 80, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: fc.array(item, { maxLength: 2 }) },
    { weight: 1, arbitrary: wrong },
  );
}

const payload = fc.constantFrom<Template[]>(
  [],
  [],
  [[]],
  [[1, 'two']],
  [[[1]]],
  [[null], { k: { l: 1 } }],
  [[], {}],
  [null],
  [null, { k: 1 }],
  [[1], null],
);

/** Which of several things a reference means. */
export const index = fc.nat(5);

export const request = fc.constant(ref('request', 0));

export function referring(kind: Parameters<typeof ref>[0]): fc.Arbitrary<unknown> {
  return index.map((value) => ref(kind, value));
}

export function message(type: number, ...elements: fc.Arbitrary<unknown>[]): fc.Arbitrary<Template> {
  return fc.tuple(...elements).map((rest) => [type, ...rest]);
}

export function withPayload(head: fc.Arbitrary<Template>): fc.Arbitrary<Template> {
  return fc.tuple(head, payload).map(([elements, rest]) => [...elements, ...rest]);
}
