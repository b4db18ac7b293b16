import { cbor, json, NO_PAYLOAD, randomId, ValuesPayload } from '@pgwamp/protocol';
import { expect } from 'chai';

const HEAD = [16, 1, {}, 'com.example.topic'];

function valuesOf(args: string): unknown {
  return json.payload(`[16,1,{},"t",${args}]`, 4).values()[0];
}

describe('Serializer json', () => {
  it('refuses messages deeper than the limit, and ignores brackets in strings', () => {
    const nested = (levels: number, inside = '') => '['.repeat(levels) + inside + ']'.repeat(levels);
    expect(() => json.parse(nested(128), 128)).not.to.throw();
    expect(() => json.parse(nested(129), 128)).to.throw(RangeError);
    expect(() => json.parse(nested(1_000_000), 128)).to.throw(RangeError);
    expect(() => json.parse(`[16,1,${'{"a":'.repeat(128)}1${'}'.repeat(128)}]`, 128)).to.throw(RangeError);
    expect(() => json.parse(nested(128, `"${'[{\\"'.repeat(500)}"`), 128)).not.to.throw();
    for (const text of ['"', `"${'\\"'.repeat(200)}`, `${'['.repeat(200)}"`]) {
      expect(() => json.parse(text.padEnd(300), 128), text).to.throw();
    }
    expect(() => json.parse(`[${'[],'.repeat(500)}[]]`, 2)).not.to.throw();
  });

  it('decodes integers beyond 2^53 without loss', () => {
    expect(valuesOf('[9223372036854775807,-9223372036854775808,9007199254740993,9007199254740991]')).to.eql([
      9223372036854775807n,
      -9223372036854775808n,
      9007199254740993n,
      9007199254740991,
    ]);
    expect(valuesOf('[1e20,0.1234567890123456789,12345678901234567.5]')).to.eql([
      1e20, 0.12345678901234568, 12345678901234568,
    ]);
  });

  it('decodes integers of a million digits as floats', () => {
    expect(valuesOf(`[${'9'.repeat(1_000_000)}]`)).to.eql([Number.POSITIVE_INFINITY]);
  });

  it('decodes strings that represent bytes, and no others', () => {
    expect(valuesOf('["\\u0000AQID","\\u0000","AQID","\\u0000A","\\u0000\\u0000"]')).to.eql([
      new Uint8Array([1, 2, 3]),
      new Uint8Array(0),
      'AQID',
      '\0A',
      '\0\0',
    ]);
  });

  it('writes bytes of every kind, bigints, and null for values that JSON cannot express', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const args = [bytes, Buffer.from(bytes), [{ deep: bytes.subarray(1) }], 2n ** 63n, Number.NaN, undefined];
    const text = json.encode([36, 1, 2, { data: bytes, big: 1n }], new ValuesPayload([args]));
    const expected = '["\\u0000AQID","\\u0000AQID",[{"deep":"\\u0000AgM="}],9223372036854775808,null,null]';
    expect(text).to.equal(`[36,1,2,{"data":"\\u0000AQID","big":1},${expected}]`);
  });

  it('writes each text of a head unchanged, after any earlier text', () => {
    const topics = [
      '',
      'com.example.a',
      'com.example.a',
      '"',
      '',
      '\\',
      '\ud800',
      '',
      'é\n',
      'com.example.b',
      'com.example.a',
    ];
    for (const topic of topics) {
      expect(json.encode([16, 1, {}, topic], new ValuesPayload([]))).to.equal(JSON.stringify([16, 1, {}, topic]));
    }
  });

  it('passes numbers of any length on to JSON, and integers of any length to CBOR', () => {
    const text = `[16,1,{},"t",[${'7'.repeat(100)},1.${'0'.repeat(50)}]]`;
    expect(json.encode([36, 1, 2, {}], json.payload(text, 4))).to.equal(text.replace('16,1,{},"t"', '36,1,2,{}'));
    const frame = cbor.encode(HEAD, json.payload(text, 4));
    expect(cbor.payload(frame, 4).values()).to.eql([[BigInt('7'.repeat(100)), 1]]);
  });
});

describe('Ids in JSON', () => {
  it('have the same digits as in JavaScript', () => {
    const ids = [
      0,
      1,
      99_999_999,
      1e8,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      1e12,
      1e15 + 1,
      9_000_000_000_000_001,
      2 ** 53 - 1,
    ];
    for (const id of [...ids, 2 ** 53, -(2 ** 40), 1.5e10 + 0.5, ...Array.from({ length: 1000 }, randomId)]) {
      expect(json.encode([36, 1, id], NO_PAYLOAD)).to.equal(`[36,1,${id}]`);
    }
  });
});
