import { type Content, Frame } from '@pgwamp/protocol';
import { rawSocketFraming, websocketFraming } from '@pgwamp/protocol/internal';
import { expect } from 'chai';

describe('Frame', () => {
  it('is framed once for each transport, for any number of receivers', () => {
    const frame = new Frame('[36,1,2,{}]');
    const [webSocket, rawSocket] = [frame.wire(websocketFraming), frame.wire(rawSocketFraming)];
    expect(webSocket).not.to.eql(rawSocket);
    for (let receiver = 0; receiver < 3; receiver++) {
      expect(frame.wire(websocketFraming)).to.equal(webSocket);
      expect(frame.wire(rawSocketFraming)).to.equal(rawSocket);
    }
  });

  it('of RawSocket starts with its length, with an additional bit for 2^24 bytes', () => {
    const hexOf = (content: Content) => new Frame(content).wire(rawSocketFraming).toString('hex', 0, 6);
    expect(hexOf('ü')).to.equal('00000002c3bc');
    expect(hexOf(new Uint8Array(2 ** 24))).to.equal('080000000000');
    expect(hexOf(new Uint8Array(2 ** 24 - 1))).to.equal('00ffffff0000');
  });

  it('of a WebSocket starts with a header that contains its length', () => {
    for (const [length, header] of [
      [125, '817d'],
      [126, '817e007e'],
      [65_535, '817effff'],
      [65_536, '817f0000000000010000'],
    ] as const) {
      const wire = new Frame('x'.repeat(length)).wire(websocketFraming);
      expect(wire.toString('hex', 0, header.length / 2)).to.equal(header);
      expect(wire.toString('latin1', header.length / 2)).to.equal('x'.repeat(length));
    }
  });
});
