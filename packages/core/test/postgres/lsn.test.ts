import { lsnText, parseLsn, readLsn } from '@pgwamp/core/internal/postgres';
import { expect } from 'chai';

describe('LSN', () => {
  it('has the same text as in PostgreSQL', () => {
    const buffer = Buffer.alloc(8);
    const halves = [0, 1, 15, 16, 255, 4096, 0xffff, 0x1_0000, 0xab_cdef, 0x100_0000, 0x8000_0000, 0xffff_ffff];
    for (const [high, low] of halves.flatMap((first) => halves.map((second) => [first, second] as const))) {
      buffer.writeUInt32BE(high, 0);
      buffer.writeUInt32BE(low, 4);
      const text = [high, low].map((half) => half.toString(16).toUpperCase()).join('/');
      expect(readLsn(buffer, 0)).to.equal(text);
      expect(lsnText(parseLsn(text))).to.equal(text);
    }
  });
});
