import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { Proxy } from '../../src/index.ts';
import type { BrokerStage } from './broker-stages.ts';
import { prepareStage, type Stage } from './stage.ts';

const rows = 20;
/** Messages that have to get through between two faults. */
const progress = 100;
/** Messages that are written before those before them are delivered. */
const ahead = 500;

function confirmedBy(proxy: Proxy): number {
  return proxy.status().sinks.broker?.confirmed ?? 0;
}

/** Counts up in one row after the other, a transaction each, until it is stopped. */
async function write(stage: Stage, proxy: Proxy, stop: AbortSignal): Promise<number> {
  await using connection = await stage.database.connect();
  await connection.query(`INSERT INTO orders SELECT i, '0' FROM generate_series(0, ${rows - 1}) AS i`);
  let written = 0;
  while (!stop.aborted) {
    const isTooFar = () => written > confirmedBy(proxy) + ahead && !stop.aborted;
    if (isTooFar()) await waitFor(() => !isTooFar(), { what: 'what was written to be delivered', deadline: 200_000 });
    written += 1;
    const text = 'UPDATE orders SET item = $1 WHERE id = $2';
    await connection.query({ name: 'update', text, values: [String(written), written % rows] });
  }
  return written;
}

/** Resolves when the broker has confirmed so many more messages. */
async function delivered(proxy: Proxy, what: string): Promise<void> {
  const before = confirmedBy(proxy);
  await waitFor(() => confirmedBy(proxy) >= before + progress, {
    what: `messages to be delivered ${what}`,
    deadline: 60_000,
  });
}

/** Numbers of each row, without repeats, in the order in which they were first seen. */
function numbersByRow(payloads: readonly string[]): Map<number, Set<number>> {
  const numbers = new Map<number, Set<number>>();
  for (const payload of payloads) {
    const { row } = JSON.parse(payload);
    const seen = numbers.get(row.id) ?? new Set<number>();
    numbers.set(row.id, seen.add(Number(row.item)));
  }
  return numbers;
}

/** Cuts the connections of a Proxy to its broker, swallows what passes, and stops and kills the broker, while rows are written. */
export async function survivesFaults(open: () => Promise<BrokerStage>): Promise<void> {
  await using broker = await open();
  await using stage = await prepareStage();
  await using proxy = await stage.start({
    sinks: { broker: broker.sink as never },
    routes: [{ from: 'changes', to: 'broker', destination: broker.destination }],
  });
  const stop = new AbortController();
  const writing = write(stage, proxy, stop.signal);
  await delivered(proxy, 'at first');
  broker.proxy.cut();
  await delivered(proxy, 'after the connection was cut');
  broker.proxy.swallow();
  await waitFor(() => proxy.status().sinks.broker?.connected === false, { what: 'the loss', deadline: 30_000 });
  broker.proxy.cut();
  await broker.proxy.resume();
  await delivered(proxy, 'after nothing passed');
  await broker.durable?.stop();
  await broker.durable?.start();
  await delivered(proxy, 'after the broker was restarted');
  await broker.durable?.kill();
  await broker.durable?.start();
  await delivered(proxy, 'after the broker was killed');
  stop.abort();
  const written = await writing;
  const total = written + rows;
  await waitFor(() => confirmedBy(proxy) >= total, { what: 'everything to be delivered', deadline: 60_000 });
  let payloads: string[] = [];
  const all = async () => {
    payloads = await broker.payloads();
    return [...numbersByRow(payloads).values()].reduce((sum, { size }) => sum + size, 0) >= total;
  };
  await waitFor(all, { what: `all of ${total} messages to be with the broker`, deadline: 30_000 });
  for (const [row, numbers] of numbersByRow(payloads)) {
    const inOrder = [...numbers].toSorted((one, other) => one - other);
    expect([...numbers], `row ${row}`).to.deep.equal(inOrder);
  }
  expect(proxy.status().sinks.broker?.parked).to.equal(0);
}
