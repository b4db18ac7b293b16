import { lsnText, parseLsn, readLsn } from '@pgwamp/core/internal/postgres';
import { expect } from 'chai';

describe('LSN', () => {
  it('has the same text as in PostgreSQL', () => {
    const buffer = Buffer.alloc(8);
    for (const number of [0, 1, 15, 16, 255, 4096, 0xffff, 0x1_0000, 0xab_cdef, 0x100_0000, 0x8000_0000, 0xffff_ffff]) {
      buffer.writeUInt32BE(number, 0);
      buffer.writeUInt32BE(number, 4);
      const half = number.toString(16).toUpperCase();
      expect(readLsn(buffer, 0)).to.equal(`${half}/${half}`);
      expect(lsnText(parseLsn(`${half}/${half}`))).to.equal(`${half}/${half}`);
    }
  });
});
