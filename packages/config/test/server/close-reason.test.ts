import { expect } from 'chai';
import { closeReason } from '../../src/index.ts';

describe('Close reason of a WebSocket', () => {
  it('is unchanged up to 123 bytes', () => {
    expect(closeReason('é'.repeat(61))).to.equal('é'.repeat(61));
    expect(closeReason('x'.repeat(123))).to.equal('x'.repeat(123));
  });

  it('is cut between characters and ends with an ellipsis beyond that', () => {
    expect(closeReason('x'.repeat(124))).to.equal(`${'x'.repeat(120)}…`);
    expect(closeReason(`x${'é'.repeat(62)}`)).to.equal(`x${'é'.repeat(59)}…`);
    expect(closeReason('😀'.repeat(31))).to.equal(`${'😀'.repeat(30)}…`);
  });
});
