import { waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import { RecordingBroker } from './support/recording-sink.ts';
import { prepareStage, type Stage } from './support/stage.ts';

const toBoth = ['broker', 'other'].map((to) => ({ from: 'changes', to, destination: '{table}' }));

/** The position that the slot has confirmed, as the distance from the end of the log in bytes. */
async function unconfirmed(stage: Stage): Promise<number> {
  const [row] = await stage.run(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::int AS bytes FROM pg_replication_slots
     WHERE database = current_database() AND slot_name !~ '_other$'`,
  );
  return Number(row?.bytes);
}

function ids({ messages }: RecordingBroker): string[] {
  return messages.map(({ id }) => id);
}

describe('Proxy: several sinks of one slot', () => {
  it('delivers everything to each sink at its own pace: a sink that is down does not delay others, and catches up', async () => {
    await using stage = await prepareStage();
    const other = new RecordingBroker();
    const sinks = { broker: stage.sink(), other: stage.sink(other) };
    await using proxy = await stage.start({ sinks, routes: toBoth, buffer: 20_000 });
    await stage.run(`INSERT INTO orders SELECT 0, 'first'`);
    await Promise.all([stage.broker.has(1), other.has(1)]);
    other.goDown();
    for (let round = 0; round < 20; round += 1) {
      await stage.run(`INSERT INTO orders SELECT ${round} * 100 + n, 'item' FROM generate_series(1, 100) AS n`);
    }
    await stage.broker.has(2001);
    expect(other.messages).to.have.length(1);
    await waitFor(() => proxy.status().sinks.other?.behind === true, { what: 'the other to be behind' });
    expect(await unconfirmed(stage)).to.be.above(20_000);
    other.isDown = false;
    await other.has(2001);
    expect(ids(other)).to.deep.equal(ids(stage.broker));
    await waitFor(() => proxy.status().sinks.other?.behind === false, { what: 'the other to have caught up' });
    await stage.run(`INSERT INTO orders VALUES (-1, 'last')`);
    await Promise.all([stage.broker.has(2002), other.has(2002)]);
    expect(ids(other)).to.deep.equal(ids(stage.broker));
    const [slots] = await stage.run(
      `SELECT count(*)::int AS count FROM pg_replication_slots WHERE database = current_database()`,
    );
    expect(slots?.count).to.equal(1);
  });

  it('continues from the cursor of each sink after a restart', async () => {
    await using stage = await prepareStage();
    const other = new RecordingBroker();
    const sinks = { broker: stage.sink(), other: stage.sink(other) };
    other.judge = ({ payload }) => (String(payload).includes('held') ? new Promise(() => undefined) : undefined);
    const first = await stage.start({ sinks, routes: toBoth, drain: 100 });
    await stage.run(`INSERT INTO orders VALUES (1, 'held')`);
    await stage.run(`INSERT INTO orders SELECT n, 'item' FROM generate_series(2, 100) AS n`);
    await stage.broker.has(100);
    const isWritten = async () =>
      (await stage.run(`SELECT FROM crossbar._proxy_cursor WHERE sink = 'broker'`)).length > 0;
    await waitFor(isWritten, { what: 'the cursor to be written' });
    await first.stop();
    other.judge = () => undefined;
    await using _second = await stage.start({ sinks, routes: toBoth });
    await other.has(100);
    await stage.run(`INSERT INTO orders VALUES (101, 'item')`);
    await Promise.all([stage.broker.has(101), other.has(101)]);
    expect(stage.broker.messages).to.have.length(101);
  });

  it('retains no WAL while the database is idle, even if a sink is down', async () => {
    await using stage = await prepareStage();
    const other = new RecordingBroker();
    const sinks = { broker: stage.sink(), other: stage.sink(other) };
    await using _proxy = await stage.start({ sinks, routes: toBoth });
    other.goDown();
    // Of no published table.
    await stage.run(`CREATE TABLE noise AS SELECT repeat('x', 1000) AS text FROM generate_series(1, 2000)`);
    await waitFor(async () => (await unconfirmed(stage)) < 100_000, { what: 'the slot to move' });
  });

  it('parks messages with on_down "park" if a sink is down longer than down_after', async () => {
    await using stage = await prepareStage();
    const other = new RecordingBroker();
    const sinks = { broker: stage.sink(), other: stage.sink(other, { on_down: 'park', down_after: 100 }) };
    await using proxy = await stage.start({ sinks, routes: toBoth });
    other.goDown();
    await stage.run(
      `INSERT INTO orders VALUES (1, 'tea'); UPDATE orders SET item = 'milk'; INSERT INTO orders VALUES (2, 'rum')`,
    );
    await waitFor(() => proxy.status().sinks.other?.parked === 3, { what: 'three parked messages' });
    await waitFor(async () => (await unconfirmed(stage)) < 100_000, { what: 'the slot to move' });
    expect(proxy.status().sinks.other?.downSince).to.be.an.instanceof(Date);
    other.isDown = false;
    await other.has(3);
    expect(other.rows().map((row) => (row as { item: string }).item)).to.have.members(['tea', 'milk', 'rum']);
    const ofFirst = other.rows().filter((row) => (row as { id: number }).id === 1);
    expect(ofFirst.map((row) => (row as { item: string }).item)).to.deep.equal(['tea', 'milk']);
  });
});
