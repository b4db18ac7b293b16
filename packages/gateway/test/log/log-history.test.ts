import { expect } from 'chai';
import type { LogMessage } from '../../src/log/log-decoder.ts';
import { LogHistory } from '../../src/log/log-history.ts';

function message(position: bigint, size = 100): LogMessage {
  return { id: `${position}`, channel: '', payload: '', size, position, change: undefined } as unknown as LogMessage;
}

function positions(history: LogHistory): bigint[] {
  return history.messages.map(({ position }) => position);
}

describe('LogHistory', () => {
  it('is limited by age, and complete after its start', () => {
    let now = 0;
    const history = new LogHistory({ age: 1000, bytes: 1e6, wal: 1e6 }, 5n, () => now);
    expect(history.from).to.equal(5n);
    history.add(message(10n));
    history.reach(12n);
    now = 900;
    history.add(message(20n));
    history.reach(22n);
    expect(positions(history)).to.deep.equal([10n, 20n]);
    now = 1500;
    history.reach(30n);
    expect(positions(history)).to.deep.equal([20n]);
    expect(history.from >= 10n && history.from < 20n).to.equal(true);
    now = 4000;
    history.reach(40n);
    now = 6000;
    history.reach(50n);
    expect(positions(history)).to.deep.equal([]);
    expect(history.from >= 20n && history.from <= 50n).to.equal(true);
    expect(history.bytes).to.equal(0);
  });

  it('advances its start while nothing arrives', () => {
    let now = 0;
    const history = new LogHistory({ age: 1000, bytes: 1e6, wal: 1e6 }, 5n, () => now);
    for (const position of [10n, 20n, 30n, 40n]) {
      history.reach(position);
      now += 1100;
    }
    expect(history.from >= 20n).to.equal(true);
  });

  it('is limited by bytes and by WAL, and drops whole transactions', () => {
    const history = new LogHistory({ age: 1e9, bytes: 1600, wal: 1000 }, 0n, () => 0);
    for (const position of [10n, 10n, 10n, 20n, 30n]) history.add(message(position));
    history.reach(31n);
    expect(positions(history)).to.deep.equal([20n, 30n]);
    expect(history.from).to.equal(10n);
    history.reach(1025n);
    expect(positions(history)).to.deep.equal([30n]);
    expect(history.from).to.equal(20n);
  });
});
