import { mock } from 'node:test';
import { Heartbeat } from '@pgwamp/protocol/internal';
import { expect } from 'chai';

const times = { pingInterval: 1000, pingTimeout: 300 };

/** A connection whose other end answers pings until it dies, and the milliseconds at which it was pinged and given up. */
function watched() {
  let now = 0;
  let progress = 0;
  const seen = { pings: [] as number[], dead: undefined as number | undefined };
  const peer = { isAlive: true };
  const heartbeat = new Heartbeat(
    {
      progress: () => progress,
      ping: () => {
        seen.pings.push(now);
        if (peer.isAlive) progress += 1;
      },
      dead: () => {
        seen.dead = now;
      },
    },
    times,
  );
  const pass = (milliseconds: number, receive = false) => {
    for (const end = now + milliseconds; now < end; ) {
      now += 1;
      mock.timers.tick(1);
      if (receive) progress += 1;
    }
  };
  return { seen, peer, pass, heartbeat };
}

describe('Heartbeat', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('gives up a dead connection soon after interval and timeout', () => {
    for (let life = 1; life <= 1300; life += 100) {
      const { seen, peer, pass } = watched();
      pass(life, true);
      peer.isAlive = false;
      pass(2500);
      expect(seen.dead, `dead after ${life} ms`).to.be.within(life + 1000, life + 1000 + 250 + 300);
    }
  });

  it('pings once per interval and timeout if only pongs arrive, and never while messages arrive', () => {
    const { seen, pass, heartbeat } = watched();
    pass(5000, true);
    expect(seen.pings).to.deep.equal([]);
    pass(5300);
    expect(seen.pings).to.have.lengthOf(4);
    expect(seen.dead).to.equal(undefined);
    heartbeat.stop();
    pass(5000);
    expect(seen.pings).to.have.lengthOf(4);
  });
});
