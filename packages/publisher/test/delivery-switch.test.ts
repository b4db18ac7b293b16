import {
  Connection,
  type Delivery,
  enactDelivery,
  ensureSlot,
  install,
  Notifications,
  slotName,
} from '@pgwamp/core/internal/postgres';
import { waitFor, withDeadline } from '@pgwamp/harness';
import { type PreparedDatabase, prepareDatabase } from '@pgwamp/harness/fixtures/publisher-database';
import { publisherOptions } from '@pgwamp/harness/fixtures/start-publisher';
import { expect } from 'chai';
import pino from 'pino';
import { parsePublisherConfiguration } from '../src/configuration.ts';
import { initialState, type PublisherContext } from '../src/context.ts';
import { type DeliverySwitch, dropIdleSlot, openFormerBacklog } from '../src/delivery-switch.ts';

/** A database of a Publisher of realm1 that publishes nothing. */
async function openStage() {
  const database = await prepareDatabase();
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

/** Reads what earlier deliveries have left, all of it. */
async function readBacklog(change: DeliverySwitch, waiting: (pids: readonly number[]) => void = () => undefined) {
  const topics: string[] = [];
  const stop = new AbortController().signal;
  for (;;) {
    await using source = await openFormerBacklog(change, stop, waiting);
    if (!source) return topics;
    for await (const { messages, confirm } of source.read(stop)) {
      topics.push(...messages.map(({ channel }) => channel.replace('com.example.', '')));
      await confirm?.();
    }
    await source[Symbol.asyncDispose]();
    await dropIdleSlot(change);
  }
}

describe('a change of delivery', () => {
  it('delivers first what the delivery before has left: wal, outbox, wal, notify', async () => {
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
      const waited: number[] = [];
      let topics: string[] | undefined;
      const reading = readBacklog(change, (pids) => waited.push(...pids)).then((read) => (topics = read));
      await waitFor(() => waited.length > 0, { what: 'the report of the processes that are waited for' });
      const [{ pid } = { pid: 0 }] = (await open.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
      expect(waited).to.include(pid);
      expect(topics).to.equal(undefined);
      await open.query(`SELECT crossbar.publish('com.example.three'); COMMIT`);
      await withDeadline(reading, 20_000, 'the backlog');
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
});
