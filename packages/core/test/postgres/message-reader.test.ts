import { expect } from 'chai';
import fc from 'fast-check';
import { MessageReader } from '../../src/postgres/message-reader.ts';

interface Sent {
  readonly code: string;
  readonly body: Uint8Array;
}

const messages = fc.array(
  fc.record({ code: fc.constantFrom('d', 'd', 'd', 'N', 'c'), body: fc.uint8Array({ maxLength: 40 }) }),
);
const limit = 20;

function bytesOf({ code, body }: Sent): Buffer {
  const header = Buffer.alloc(5);
  header.write(code);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** The messages read when bytes arrive in pieces of given lengths. */
function read(sent: readonly Sent[], pieces: readonly number[]): unknown[] {
  const found: unknown[] = [];
  const reader = new MessageReader('d', limit, {
    wanted: (buffer, start, end, size) => found.push([Buffer.from(buffer.subarray(start, end)).toString('hex'), size]),
    other: (message) => found.push(Buffer.from(message).toString('hex')),
  });
  const bytes = Buffer.concat(sent.map(bytesOf));
  for (let offset = 0, index = 0; offset < bytes.length; index += 1) {
    const length = pieces[index % pieces.length] ?? 1;
    reader.push(Buffer.from(bytes.subarray(offset, offset + length)));
    offset += length;
  }
  return found;
}

describe('MessageReader', () => {
  it('returns every message completely, for any pieces', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (sent, pieces) => {
        const expected = sent.map((message) => {
          const hex = Buffer.from(message.body).toString('hex');
          return message.code === 'd' ? [hex, message.body.length] : bytesOf(message).toString('hex');
        });
        expect(read(sent, pieces)).to.deep.equal(expected);
      }),
    );
  });

  it('keeps only the start of a message that exceeds the limit, and reports its size', () => {
    const size = 3_000_000;
    const body = Buffer.alloc(size, 'x');
    const before = { code: 'd', body: Buffer.from('before') };
    const after = { code: 'd', body: Buffer.from('after') };
    const [first, large, last] = read([before, { code: 'd', body }, after], [65_536]) as [string, number][];
    expect([first, last]).to.deep.equal([before, after].map((sent) => [sent.body.toString('hex'), sent.body.length]));
    expect(large?.[1]).to.equal(size);
    expect(large?.[0]).to.match(/^(78){1000,10000}$/);
  });
});
