import { expect } from 'chai';
import fc from 'fast-check';
import { parseLossless, stringifyLossless as stringify } from '../../src/json/lossless.ts';

/** The text of a number as PostgreSQL's jsonb may hold it. */
const number = fc.oneof(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.stringMatching(/^-?(0|[1-9]\d{0,30})\.\d{1,30}$/),
  fc.stringMatching(/^-?[1-9]\d{0,5}[eE][+-]?[1-9]\d?$/),
);

/** JSON text with such numbers anywhere. */
const { json } = fc.letrec<{ json: string; array: string; object: string }>((tie) => ({
  json: fc.oneof({ maxDepth: 4 }, number, fc.json({ maxDepth: 1 }).map(compact), tie('array'), tie('object')),
  array: fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
  object: fc
    .uniqueArray(fc.tuple(fc.string(), tie('json')), { maxLength: 4, selector: ([key]) => key })
    .map((entries) => entries.filter(([key]) => key !== '__proto__' && !/^\d+$/.test(key)))
    .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`),
}));

function compact(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

describe('Lossless JSON', () => {
  it('keeps the text of numbers, with every digit', () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(stringify(parseLossless(text))).to.equal(text);
      }),
    );
  });

  it('returns plain numbers if they hold all digits', () => {
    expect(parseLossless('[1, 2.5, 9007199254740991, 1e3]')).to.deep.include.members([1, 2.5, 9007199254740991]);
    expect(stringify(parseLossless('[9223372036854775807, 1.10, -0.0]'))).to.equal('[9223372036854775807,1.10,-0.0]');
  });

  it('writes bigint with all digits (AutobahnJS trap 7)', () => {
    expect(stringify({ id: 2n ** 63n - 1n, list: [-1n] })).to.equal('{"id":9223372036854775807,"list":[-1]}');
  });

  it('writes bytes as U+0000 and base64 (AutobahnJS trap 15)', () => {
    const bytes = new Uint8Array([16, 163, 255]);
    expect(stringify([bytes, Buffer.from(bytes), { bytes }, bytes.subarray(1, 2)])).to.equal(
      '["\\u0000EKP/","\\u0000EKP/",{"bytes":"\\u0000EKP/"},"\\u0000ow=="]',
    );
  });

  it('refuses values that JSON cannot express', () => {
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    expect(() => stringify(cycle)).to.throw(TypeError);
    const spiteful = { toJSON: () => JSON.parse('{') };
    expect(() => stringify(spiteful)).to.throw(SyntaxError);
  });

  it('writes dates and undefined like JSON.stringify', () => {
    expect(stringify([new Date(0), undefined, { a: undefined }])).to.equal('["1970-01-01T00:00:00.000Z",null,{}]');
    expect(stringify(undefined)).to.equal('null');
  });
});
