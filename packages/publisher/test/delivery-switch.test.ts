import { Waits } from '@pgwamp/core/internal/component';
import {
  Connection,
  type Delivery,
  enactDelivery,
  ensureSlot,
  install,
  Notifications,
  slotName,
} from '@pgwamp/core/internal/postgres';
import { type PostgresServer, startPostgres, waitFor, withDeadline } from '@pgwamp/harness';
import { type PreparedDatabase, prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import pino from 'pino';
import { parsePublisherConfiguration } from '../src/configuration.ts';
import { initialState, type PublisherContext } from '../src/context.ts';
import { type DeliverySwitch, formerBacklogs } from '../src/delivery-switch.ts';

/** A database of a Publisher of realm1 that publishes nothing. */
async function openStage(server?: PostgresServer) {
  const database = await prepareDatabase(server);
  const configuration = parsePublisherConfiguration(publisherOptions(database.options, 'ws://127.0.0.1:1/ws'));
  const connection = await Connection.open(configuration.extra.database, 'test');
  const log = pino({ enabled: false });
  const notifications = new Notifications(configuration.extra.database, 'test', log);
  const context: PublisherContext = {
    configuration,
    connection,
    notifications,
    state: initialState(),
    log,
    waits: new Waits(log),
    applicationName: 'test',
  };
  return {
    database,
    context,
    slot: await slotName(connection, 'realm1'),
    run: (sql: string) => run(database, sql),
    async [Symbol.asyncDispose]() {
      await notifications[Symbol.asyncDispose]();
      await connection.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

type Stage = Awaited<ReturnType<typeof openStage>>;

async function run(database: PreparedDatabase, sql: string): Promise<Record<string, unknown>[]> {
  await using client = await database.connect();
  return (await client.query<Record<string, unknown>>(sql)).rows;
}

/** Changes the delivery as a Publisher does when it starts. */
async function changeTo(delivery: Delivery, { context, slot }: Stage): Promise<DeliverySwitch> {
  const { connection } = context;
  if (delivery === 'wal') await ensureSlot(connection, slot);
  await install(connection, { delivery }, () => enactDelivery(connection, delivery, 'realm1', slot));
  return { context, slot, delivery };
}

/** Reads all backlogs of earlier deliveries. */
async function readBacklog(change: DeliverySwitch) {
  const topics: string[] = [];
  const stop = new AbortController().signal;
  for await (const source of formerBacklogs(change, stop)) {
    for await (const { messages, confirm } of source.read(stop)) {
      topics.push(...messages.map(({ channel }) => channel.replace('com.example.', '')));
      await confirm?.();
    }
  }
  return topics;
}

/** Begins to read the backlog, and resolves when it waits for others. */
async function beginReading(change: DeliverySwitch) {
  const { waits } = change.context;
  const read = readBacklog(change);
  const early = read.then((topics) => {
    throw new Error(`it waits for nobody, and reads ${JSON.stringify(topics)}`);
  });
  await Promise.race([waitFor(() => waits.blockers.length > 0, { what: 'what is waited for' }), early]);
  early.catch(() => undefined);
  return { waited: waits.blockers, topics: () => withDeadline(read, 20_000, 'the backlog') };
}

describe('a change of delivery', () => {
  it('delivers the backlog of the former delivery first: wal, outbox, wal, notify', async () => {
    await using stage = await openStage();
    await changeTo('wal', stage);
    for (const [before, after] of [
      ['wal', 'outbox'],
      ['outbox', 'wal'],
      ['wal', 'notify'],
    ] as const) {
      await stage.run(`SELECT crossbar.publish('com.example.${before}.' || n) FROM generate_series(1, 3) AS n`);
      const change = await changeTo(after, stage);
      const topics = await withDeadline(readBacklog(change), 20_000, 'the backlog');
      expect(topics, `${before} to ${after}`).to.deep.equal([1, 2, 3].map((n) => `${before}.${n}`));
      expect(await readBacklog(change)).to.deep.equal([]);
      const slots = await stage.run(`SELECT FROM pg_replication_slots WHERE slot_name = '${stage.slot}'`);
      expect(slots.length).to.equal(after === 'wal' ? 1 : 0);
    }
  });

  for (const [before, after] of [
    ['wal', 'outbox'],
    ['wal', 'notify'],
    ['outbox', 'notify'],
  ] as const) {
    it(`from ${before} to ${after} waits for a transaction that is open over it`, async () => {
      await using stage = await openStage();
      await readBacklog(await changeTo(before, stage));
      await using open = await stage.database.connect();
      await open.query(`BEGIN; SELECT crossbar.publish('com.example.one')`);
      await stage.run(`SELECT crossbar.publish('com.example.two')`);
      const change = await changeTo(after, stage);
      const reading = await beginReading(change);
      const [{ pid } = { pid: 0 }] = (await open.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
      expect(reading.waited).to.include(pid);
      await open.query(`SELECT crossbar.publish('com.example.three'); COMMIT`);
      const topics = await reading.topics();
      expect(topics).to.include.members(['one', 'two']);
    });
  }

  it('from outbox to wal waits for it as well, since the slot is created after it', async () => {
    await using stage = await openStage();
    await readBacklog(await changeTo('outbox', stage));
    await using open = await stage.database.connect();
    await open.query(`BEGIN; SELECT crossbar.publish('com.example.one')`);
    const changing = changeTo('wal', stage);
    const creating = `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_create_logical%' AND wait_event_type = 'Lock'
      AND datname = current_database()`;
    await waitFor(async () => (await stage.run(creating)).length > 0, { what: 'the creation of the slot to wait' });
    await open.query(`SELECT crossbar.publish('com.example.two'); COMMIT`);
    const change = await withDeadline(changing, 20_000, 'the change');
    expect(await withDeadline(readBacklog(change), 20_000, 'the backlog')).to.deep.equal(['one', 'two']);
  });

  it('waits for a statement that was planned before, even if the former delivery has no backlog yet', async () => {
    await using stage = await openStage();
    await readBacklog(await changeTo('outbox', stage));
    await using lock = await stage.database.connect();
    await lock.query('SELECT pg_advisory_lock(7)');
    await using session = await stage.database.connect();
    const publishing = session.query(
      `SELECT crossbar.publish('com.example.one') FROM (SELECT pg_advisory_xact_lock(7) OFFSET 0) AS lock`,
    );
    const blocked = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await waitFor(async () => (await stage.run(blocked)).length === 1, { what: 'the statement to wait' });
    const reading = await beginReading(await changeTo('wal', stage));
    await lock.query('SELECT pg_advisory_unlock(7)');
    await publishing;
    expect(await reading.topics()).to.deep.equal(['one']);
  });

  it('reads commits that are not flushed yet', async () => {
    await using stage = await openStage();
    await readBacklog(await changeTo('wal', stage));
    await using open = await stage.database.connect();
    await open.query(`BEGIN; SET LOCAL synchronous_commit = off; SELECT crossbar.publish('com.example.one')`);
    const reading = await beginReading(await changeTo('outbox', stage));
    await open.query('COMMIT');
    expect(await reading.topics()).to.deep.equal(['one']);
  });

  it('waits for a prepared transaction, and names it', async () => {
    await using server = await startPostgres({ settings: { max_prepared_transactions: '2' } });
    await using stage = await openStage(server);
    await readBacklog(await changeTo('wal', stage));
    await stage.run(`BEGIN; SELECT crossbar.publish('com.example.one'); PREPARE TRANSACTION 'order 7'`);
    const reading = await beginReading(await changeTo('outbox', stage));
    expect(reading.waited).to.include('order 7');
    await stage.run(`COMMIT PREPARED 'order 7'`);
    expect(await reading.topics()).to.deep.equal(['one']);
  });
});
