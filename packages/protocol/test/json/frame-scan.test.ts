import { type Content, EMPTY_DICT, type HeadElement, json, NO_PAYLOAD, type Payload } from '@pgwamp/protocol';
import { constantDict } from '@pgwamp/protocol/internal';
import { expect } from 'chai';
import fc from 'fast-check';
import { readUsual } from '../../src/json/frame-scan.ts';
import { textOf } from '../../src/serializers/serializer.ts';
import { damage } from './damage.ts';

const HEAD_LENGTH = 4;
const dicts = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 }));
const texts = fc.string({ unit: 'binary', maxLength: 60 });

/** Messages as clients write them: with spaces or without, and with options and topics that come again. */
const messages = fc
  .record({
    type: fc.constantFrom(16, 48, 70),
    request: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(2 ** 53, 123_456_789_012_345, 1_234_567_890_123_456)),
    options: fc.oneof(fc.constant({}), fc.constant({ acknowledge: true }), dicts),
    topic: fc.oneof(fc.constant('com.example.a'), texts),
    payload: fc.oneof(fc.constant([]), fc.tuple(fc.array(fc.jsonValue())), fc.tuple(fc.array(fc.jsonValue()), dicts)),
    space: fc.constantFrom(undefined, 1, '\t'),
  })
  .map(({ type, request, options, topic, payload, space }) =>
    JSON.stringify([type, request, options, topic, ...payload], null, space),
  );

const damaged = fc.oneof(
  messages,
  damage(messages),
  damage(damage(messages)),
  damage(fc.json({ maxDepth: 3 })).map((text) => `[16,1,{},"t",[${text}]]`),
  damage(fc.json({ maxDepth: 3 })).map((text) => `[16,1,${text},"t",[]]`),
);

function parsed(content: Content, maxDepth: number): readonly unknown[] | undefined {
  try {
    const elements = json.parse(content, maxDepth);
    return Array.isArray(elements) ? elements : undefined;
  } catch {
    return undefined;
  }
}

/** The elements before the first list. */
function headOf(elements: readonly unknown[]): readonly unknown[] {
  const length = elements.findIndex((element) => Array.isArray(element));
  return length === -1 ? elements : elements.slice(0, length);
}

const rawOf = (payload: Payload) => textOf(payload.rawFor(json) as Content);

describe('JSON message in bytes', () => {
  it('is accepted, and has the same head and kinds of elements, as its text', () => {
    fc.assert(
      fc.property(damaged, fc.integer({ min: 1, max: 5 }), (text, maxDepth) => {
        const bytes = Buffer.from(text);
        for (const depth of [maxDepth, 100]) {
          const [found, expected] = [parsed(bytes, depth), parsed(bytes.toString(), depth)];
          expect(found?.length).to.equal(expected?.length);
          if (found === undefined || expected === undefined) continue;
          expect(headOf(found)).to.deep.equal(headOf(expected));
          for (const [index, element] of found.entries()) {
            expect([Array.isArray(element), typeof element, element === null]).to.deep.equal([
              Array.isArray(expected[index]),
              typeof expected[index],
              expected[index] === null,
            ]);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('has the same payload as its text', () => {
    fc.assert(
      fc.property(messages, (text) => {
        const bytes = Buffer.from(text);
        if ((JSON.parse(text) as unknown[]).length === HEAD_LENGTH) return;
        const [found, expected] = [json.payload(bytes, HEAD_LENGTH), json.payload(bytes.toString(), HEAD_LENGTH)];
        expect(rawOf(found)).to.equal(rawOf(expected));
        expect(found.values()).to.deep.equal(expected.values());
      }),
      { numRuns: 1000 },
    );
  });

  it('is written like text, for any head', () => {
    const ids = fc.oneof(fc.nat(100), fc.nat(), fc.maxSafeNat(), fc.constantFrom(99_999_999, 1e8, 1e15, 2 ** 53));
    const constant = fc.constantFrom(EMPTY_DICT, constantDict({ a: ['ü'] }), constantDict({ long: 'x'.repeat(300) }));
    const elements: fc.Arbitrary<HeadElement> = fc.oneof(ids, constant, texts, dicts);
    fc.assert(
      fc.property(fc.array(elements, { minLength: 1, maxLength: 8 }), messages, (head, text) => {
        const bytes = Buffer.from(text);
        const hasPayload = (JSON.parse(text) as unknown[]).length > HEAD_LENGTH;
        const payloadOf = (content: Content) => (hasPayload ? json.payload(content, HEAD_LENGTH) : NO_PAYLOAD);
        const written = textOf(json.encode(head, payloadOf(bytes)));
        expect(written).to.equal(Buffer.from(json.encode(head, payloadOf(bytes.toString())) as string).toString());
      }),
      { numRuns: 1000 },
    );
  });

  it('has its own options and topic after thousands of others, also if they differ in one byte', () => {
    const suffixes = ['', '.a', '.b', '.of.the.same.last.bytes'];
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < 10_000; number++) {
        const topic = `${number}${suffixes[number % suffixes.length]}`;
        const message = [16, number, { acknowledge: number % 3 === 0, retain: number % 7 === 0 }, topic, ['ü']];
        const found = readUsual(Buffer.from(JSON.stringify(message)), 100);
        if (found?.[3] !== topic) expect(found).to.deep.equal(message);
        expect(found?.[2]).to.deep.equal(message[2]);
      }
    }
  });

  it('shares short options that come again, frozen with all their parts', () => {
    const read = (options: object) => readUsual(Buffer.from(JSON.stringify([48, 1, options, 'com.a'])), 100)?.[2];
    const options = { timeout: 30_000, forward_for: [{ session: 17, authid: 'joe' }] };
    const first = read(options) as typeof options;
    expect(read({ timeout: 1, forward_for: [] })).to.deep.equal({ timeout: 1, forward_for: [] });
    expect(read(options)).to.equal(first).and.deep.equal(options);
    for (const part of [first, first.forward_for, first.forward_for[0]]) expect(part).to.be.frozen;
  });

  it('is read in one pass if it has no rare form of JSON', () => {
    for (const text of [
      '[16,1,{},"com.example.topic",[1,"ü\\n",null,{"a":[]}],{"b":-0.5}]',
      '[48, 9007199254740992, {"timeout": 5}, "com.example.procedure", [true, false]]',
      '[70,1,{},[12345678901234567890]]',
    ]) {
      expect(readUsual(Buffer.from(text), 100), text).to.have.length(JSON.parse(text).length);
    }
  });
});
