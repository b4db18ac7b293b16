import type { Payload } from '@pgwamp/protocol';
import { cbor, json, msgpack, ValuesPayload } from '@pgwamp/protocol';
import type { BinarySerializer } from '@pgwamp/protocol/internal';
import { Encoder as CborEncoder } from 'cbor-x';
import { expect } from 'chai';
import fc from 'fast-check';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, mapsAsObjects: true });
const encoder = new CborEncoder({ useRecords: false, mapsAsObjects: true, tagUint8Array: false });

interface Format {
  readonly serializer: BinarySerializer;
  /** Another implementation of the same format. */
  readonly other: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown };
}

const formats: readonly Format[] = [
  { serializer: msgpack, other: packr },
  { serializer: cbor, other: encoder },
];

const HEAD = [16, 1, {}, 'com.example.topic'];

function payloadOf(serializer: BinarySerializer, frame: Uint8Array): Payload {
  serializer.parse(frame, 128);
  return serializer.payload(frame, HEAD.length);
}

/** Values that every format can express. Keys of other implementations' own making are left out. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) - 1n }),
    fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string({ unit: 'binary' }).filter((key) => key !== '__proto__'),
      tie('value'),
    ),
  ),
})).value as fc.Arbitrary<unknown>;

/**
 * Removes differences that deep equality reports but that have no meaning: Buffers, prototypes, and bigints that fit a
 * number.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

for (const { serializer, other } of formats) {
  describe(`Serializer ${serializer.name}`, () => {
    const parse = (bytes: readonly number[] | Uint8Array) => serializer.parse(Uint8Array.from(bytes), 128);

    it('reads the output of another implementation', () => {
      fc.assert(
        fc.property(fc.array(values), (args) => {
          const frame = other.encode([...HEAD, args]);
          expect(plain(payloadOf(serializer, frame).values())).to.eql(plain([args]));
        }),
      );
    });

    it('writes frames that another implementation reads', () => {
      fc.assert(
        fc.property(fc.array(values), (args) => {
          const frame = serializer.encode(HEAD, new ValuesPayload([args, { a: args }]));
          expect(plain(other.decode(frame))).to.eql(plain([...HEAD, args, { a: args }]));
        }),
      );
    });

    it('passes a payload on without changing a byte', () => {
      fc.assert(
        fc.property(fc.array(values), (args) => {
          const frame = other.encode([...HEAD, args, {}]);
          const event = serializer.encode([36, 5_512_315_355, 4_429_313_566, {}], payloadOf(serializer, frame));
          const raw = payloadOf(serializer, frame).rawFor(serializer) ?? new Uint8Array();
          expect(Buffer.from(event).subarray(-raw.length)).to.eql(Buffer.from(raw as Uint8Array));
          expect(plain(other.decode(event))).to.eql(plain([36, 5_512_315_355, 4_429_313_566, {}, args, {}]));
        }),
      );
    });

    it('converts to JSON and back without loss', () => {
      fc.assert(
        fc.property(fc.array(values), (args) => {
          const there = json.encode(HEAD, payloadOf(serializer, serializer.encode(HEAD, new ValuesPayload([args]))));
          const back = serializer.encode(HEAD, json.payload(there, HEAD.length));
          const again = json.encode(HEAD, payloadOf(serializer, back));
          expect(again).to.equal(there);
        }),
      );
    });

    it('writes ids as integers, up to the largest', () => {
      const frame = serializer.encode([17, 1, 2 ** 53], new ValuesPayload([]));
      expect(Buffer.from(frame).toString('hex')).to.match(/(cf|1b)0020000000000000$/);
      expect(serializer.parse(frame, 128)).to.eql([17, 1, 2 ** 53]);
    });

    it('reads keys like __proto__ as plain keys', () => {
      const args = [JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')];
      const frame = serializer.encode(HEAD, new ValuesPayload([args]));
      const [read] = payloadOf(serializer, frame).values() as [Record<string, unknown>[]];
      expect(Object.keys(read[0] ?? {})).to.eql(['__proto__', 'constructor']);
      expect(JSON.stringify(read)).to.equal(JSON.stringify(args));
      expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
    });

    it('refuses frames that are nested too deeply, without recursion', () => {
      const list = serializer === cbor ? 0x81 : 0x91;
      const levels = (count: number) => [...new Array(count - 1).fill(list), list - 1];
      expect(() => parse(levels(128))).not.to.throw();
      expect(() => parse(levels(129))).to.throw(RangeError, 'too many levels');
      expect(() => parse(new Uint8Array(1_000_000).fill(list))).to.throw(RangeError, 'too many levels');
    });

    it('refuses truncated frames, and frames with trailing bytes', () => {
      const frame = other.encode([...HEAD, [1.5, 'text', { a: [new Uint8Array(3), 70_000] }], { b: -5 }]);
      for (let length = 0; length < frame.length; length++) {
        expect(() => parse(frame.subarray(0, length)), `${length} bytes`).to.throw();
      }
      expect(() => parse([...frame, 0])).to.throw(RangeError);
    });

    it('accepts or refuses any bytes, and decodes what it accepts', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
          const list = serializer === cbor ? 0x85 : 0x95;
          const frame = Uint8Array.from([list, 16, 1, serializer === cbor ? 0xa0 : 0x80, 0x61, 0x61, ...bytes]);
          const accepted = (() => {
            try {
              return serializer.parse(frame, 32);
            } catch {
              return undefined;
            }
          })();
          if (accepted !== undefined) json.encode(HEAD, serializer.payload(frame, HEAD.length));
        }),
        { numRuns: 2_000 },
      );
    });
  });
}

describe('Serializer msgpack', () => {
  it('refuses text that is not UTF-8, short or long, in the head and in the payload', () => {
    const long = [0xd9, 200, ...new Array(199).fill(0x61), 0xff];
    for (const text of [[0xa2, 0xc3, 0x28], long]) {
      expect(() => msgpack.parse(Uint8Array.from([0x91, ...text]), 9)).to.throw(TypeError);
      expect(() => msgpack.parse(Uint8Array.from([0x91, 0x91, ...text]), 9)).to.throw(TypeError);
    }
  });

  it('passes on extension types, and decodes them as bytes', () => {
    const frame = packr.encode([...HEAD, [new Date(0)]]);
    const event = msgpack.encode(HEAD, payloadOf(msgpack, frame));
    expect(packr.decode(event)).to.eql([...HEAD, [new Date(0)]]);
    expect(payloadOf(msgpack, frame).values()).to.eql([[new Uint8Array(4)]]);
  });
});

describe('Serializer cbor', () => {
  const cborOf = (hex: string) => Buffer.from(hex, 'hex');

  it('refuses text that is not UTF-8, also in chunks', () => {
    for (const hex of ['8162c328', '818162c328', '81817f62c328ff', '817f61c361a9ff']) {
      expect(() => cbor.parse(cborOf(hex), 9), hex).to.throw(TypeError);
    }
  });

  it('reads lists, dictionaries and strings of indefinite length', () => {
    const frame = cborOf('9f1001a061749f017f61616162ff5f41014102ffffff');
    expect(payloadOf(cbor, frame).values()).to.eql([[1, 'ab', new Uint8Array([1, 2])]]);
    const event = cbor.encode(HEAD, payloadOf(cbor, frame));
    expect(payloadOf(cbor, event).values()).to.eql([[1, 'ab', new Uint8Array([1, 2])]]);
  });

  it('reads half floats, and integers of any length', () => {
    const args = [1.5, 2n ** 64n, -(2n ** 64n) - 1n, -(2n ** 64n)];
    const frame = cborOf('851001a0617484f93e00c249010000000000000000c3490100000000000000003bffffffffffffffff');
    expect(payloadOf(cbor, frame).values()).to.eql([args]);
    const written = cbor.encode(HEAD, new ValuesPayload([args]));
    expect(payloadOf(cbor, Buffer.from(written)).values()).to.eql([args]);
  });

  it('ignores the tags of shared references, records and packed structures', () => {
    const frame = cborOf('851001a0617483d81c8101d81d00d86981186300'.slice(0, 38));
    expect(payloadOf(cbor, frame).values()).to.eql([[[1], 0, [99]]]);
  });
});
