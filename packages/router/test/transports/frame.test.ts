import { Frame } from '@pgwamp/protocol';
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
    expect(Buffer.from(rawSocketFraming('ü')).toString('hex')).to.equal('00000002c3bc');
    expect(
      Buffer.from(rawSocketFraming(new Uint8Array(2 ** 24)))
        .subarray(0, 4)
        .toString('hex'),
    ).to.equal('08000000');
    expect(
      Buffer.from(rawSocketFraming(new Uint8Array(2 ** 24 - 1)))
        .subarray(0, 4)
        .toString('hex'),
    ).to.equal('00ffffff');
  });
});
