import { expect } from 'chai';
import type { OutgoingMessage } from '../../src/sinks/sink.ts';
import { Branch } from '../../src/streams/branch.ts';
import { outgoing } from '../support/outgoing.ts';

const megabyte = 1024 * 1024;

function batch(size: number): { messages: OutgoingMessage[]; settled: () => void } {
  return { messages: [outgoing('orders', { payload: 'x'.repeat(size) })], settled: () => undefined };
}

/** Whether a promise is settled, once everything that is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('Branch of a stream', () => {
  const stop = new AbortController();
  after(() => stop.abort());

  it('runs low when the sink has read the ready messages, before the broker confirms them', async () => {
    const branch = new Branch(16 * megabyte);
    await branch.push(batch(megabyte));
    expect(branch.runsLow).to.equal(false);
    const low = branch.low(stop.signal);
    expect(await isSettled(low)).to.equal(false);
    await branch.read(stop.signal).next();
    await low;
    expect(branch.runsLow).to.equal(true);
  });

  it('does not run low while unconfirmed messages fill it', async () => {
    const branch = new Branch(megabyte);
    await branch.push(batch(2 * megabyte));
    const { value } = await branch.read(stop.signal).next();
    expect(branch.runsLow).to.equal(false);
    await value?.confirm?.();
    expect(branch.runsLow).to.equal(true);
  });

  it('offers unconfirmed messages again to the next connection', async () => {
    const branch = new Branch(16 * megabyte);
    await branch.push(batch(megabyte));
    await branch.read(stop.signal).next();
    const again = branch.read(stop.signal);
    const { value } = await again.next();
    expect(value?.messages).to.have.length(1);
    expect(branch.runsLow).to.equal(true);
  });
});
