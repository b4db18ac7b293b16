import { expect } from 'chai';
import { cbor, json, msgpack } from '../../src/index.ts';
import { parseValues } from '../../src/json/lossless.ts';

const head = [36, 1, 2, {}] as const;

/** Bytes without a pattern, so that nothing about them is short. */
function someBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index < length; index++) bytes[index] = (index * 2_654_435_761) >>> 24;
  return bytes;
}

function frameOf(text: string): string {
  return `[36,1,2,{},[${JSON.stringify(text)}]]`;
}

describe('Bytes in different serializers', () => {
  for (const length of [0, 1, 2, 3, 3_400_000, 20_000_000]) {
    for (const binary of [cbor, msgpack]) {
      it(`${length} bytes are the same in JSON, in ${binary.name}, and in JSON again`, () => {
        const bytes = someBytes(length);
        const text = frameOf(`\0${bytes.toString('base64')}`);
        const frame = binary.encode(head, json.payload(text, head.length));
        const payload = binary.payload(frame, head.length);
        const [[received]] = payload.values() as [[Uint8Array]];
        expect(Buffer.compare(received, bytes)).to.equal(0);
        expect(json.encode(head, payload) === text).to.equal(true);
      });
    }
  }

  it('are decoded only if the text after U+0000 is base64', () => {
    const texts = ['AA', 'A=A=', 'AAA=AAAA', 'AA==A', '====', 'A-_A', 'AAA A', 'ŁŁŁŁ', 'AAA\n', '=AAA', 'A==='];
    for (const text of texts) expect(parseValues(JSON.stringify([`\0${text}`]))).to.deep.equal([`\0${text}`]);
    for (const [text, bytes] of [
      ['', []],
      ['AAE=', [0, 1]],
      ['/w==', [255]],
      ['AAEC', [0, 1, 2]],
    ] as const) {
      expect(parseValues(JSON.stringify([`\0${text}`]))).to.deep.equal([Uint8Array.from(bytes)]);
    }
  });
});
