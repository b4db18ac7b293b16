import { waitFor, withDeadline } from '@pgwamp/harness';
import { expect } from 'chai';
import { Connection } from '../../src/postgres/index.ts';
import { type Changeover, type Delivery, dropIdleSlot, ensureSlot, remainderOf } from '../../src/sources/index.ts';
import { installDelivery } from '../support/database.ts';
import { topicsOf } from '../support/emissions.ts';
import { type WalDatabase, walDatabase } from '../support/wal.ts';

/** Changes the delivery as a Publisher does when it starts. */
async function changeTo(delivery: Delivery, database: WalDatabase, connection: Connection): Promise<Changeover> {
  if (delivery === 'wal') await ensureSlot(connection, database.slot);
  await installDelivery(connection, delivery);
  const { crossbar: configuration, slot } = database;
  return { connection, configuration, applicationName: 'changeover', realm: 'realm1', slot, delivery };
}

/** Reads what earlier deliveries have left, all of it. */
async function readRemainder(changeover: Changeover, waiting: (pids: readonly number[]) => void = () => undefined) {
  const topics: string[] = [];
  const stop = new AbortController().signal;
  for (;;) {
    await using source = await remainderOf(changeover, stop, waiting);
    if (!source) return topics;
    for await (const batch of source.read(stop)) {
      topics.push(...topicsOf(batch.emissions));
      await batch.confirm?.();
    }
    await source[Symbol.asyncDispose]();
    await dropIdleSlot(changeover);
  }
}

describe('a change of delivery', () => {
  it('delivers first what the delivery before has left: wal, outbox, wal, notify', async () => {
    await using database = await walDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    for (const [before, after] of [
      ['wal', 'outbox'],
      ['outbox', 'wal'],
      ['wal', 'notify'],
    ] as const) {
      await database.run(`SELECT crossbar.publish('com.example.${before}.' || n) FROM generate_series(1, 3) AS n`);
      const changeover = await changeTo(after, database, connection);
      const topics = await withDeadline(readRemainder(changeover), 20_000, 'the remainder');
      expect(topics, `${before} to ${after}`).to.deep.equal([1, 2, 3].map((n) => `${before}.${n}`));
      expect(await readRemainder(changeover)).to.deep.equal([]);
      const slots = await connection.query('SELECT FROM pg_replication_slots WHERE slot_name = $1', [database.slot]);
      expect(slots.length).to.equal(after === 'wal' ? 1 : 0);
    }
  });

  for (const [before, after] of [
    ['wal', 'outbox'],
    ['wal', 'notify'],
    ['outbox', 'notify'],
  ] as const) {
    it(`from ${before} to ${after} waits for a transaction that is open over it`, async () => {
      await using database = await walDatabase();
      await using connection = await Connection.open(database.crossbar, 'test');
      await changeTo(before, database, connection);
      await readRemainder(await changeTo(before, database, connection));
      await using open = await database.connect();
      await open.query(`BEGIN; SELECT crossbar.publish('com.example.one')`);
      await database.run(`SELECT crossbar.publish('com.example.two')`);
      const changeover = await changeTo(after, database, connection);
      const waited: number[] = [];
      let topics: string[] | undefined;
      const reading = readRemainder(changeover, (pids) => waited.push(...pids)).then((read) => (topics = read));
      await waitFor(() => waited.length > 0, { what: 'the report of who is waited for' });
      const [{ pid } = { pid: 0 }] = (await open.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
      expect(waited).to.include(pid);
      expect(topics).to.equal(undefined);
      await open.query(`SELECT crossbar.publish('com.example.three'); COMMIT`);
      await withDeadline(reading, 20_000, 'the remainder');
      expect(topics).to.include.members(['one', 'two']);
    });
  }

  it('from outbox to wal waits for it as well, since the slot is created after it', async () => {
    await using database = await walDatabase();
    await using connection = await Connection.open(database.crossbar, 'test');
    await readRemainder(await changeTo('outbox', database, connection));
    await using open = await database.connect();
    await open.query(`BEGIN; SELECT crossbar.publish('com.example.one')`);
    const changing = changeTo('wal', database, connection);
    const creating = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_create_logical%' AND wait_event_type = 'Lock'
      AND datname = current_database()`;
    await waitFor(async () => (await database.run(creating)).length > 0, { what: 'the creation of the slot to wait' });
    await open.query(`SELECT crossbar.publish('com.example.two'); COMMIT`);
    const changeover = await withDeadline(changing, 20_000, 'the change');
    expect(await withDeadline(readRemainder(changeover), 20_000, 'the remainder')).to.deep.equal(['one', 'two']);
  });
});
