import { join } from 'node:path';
import { startProcess, type TestDatabase, waitFor } from '@pgwamp/harness';
import { createSetUpDatabase } from '@pgwamp/harness/fixtures/sql-database';
import { crossbarLogin } from '@pgwamp/harness/fixtures/sql-stage';
import { expect } from 'chai';
import { subprotocol } from '../../src/clients/wire-protocol.ts';
import type { GatewayOptions } from '../../src/index.ts';
import { logStage } from '../support/log-stage.ts';
import { open } from '../support/socket.ts';

const fixture = join(import.meta.dirname, '../fixtures/gateway-process.ts');

/** The options of a gateway that keeps the log; slots have names that are unique in the cluster. */
function durableOptions(database: TestDatabase): GatewayOptions {
  return {
    extra: {
      database: crossbarLogin(database),
      endpoint: { type: 'tcp', port: 0 },
      topics: true,
      tables: { 'public.notes': 'all', 'public.tasks': { column: 'tenant', claim: 'tenant' } },
      log: { durable: { slot: `gateway_${database.name}` } },
    },
  };
}

async function startGateway(options: GatewayOptions) {
  const running = await startProcess(fixture, { args: [JSON.stringify(options.extra)] });
  const { port } = await running.waitFor(({ port }) => port !== undefined);
  const connect = (query: string) => open(`ws://127.0.0.1:${port}/listen/?${query}`, subprotocol);
  return { running, connect };
}

type Socket = Awaited<ReturnType<typeof open>>;

function messages(socket: Socket): Record<string, unknown>[] {
  return socket.messages.filter(({ type }) => type !== 'listening');
}

async function lastOf(socket: Socket, count: number): Promise<Record<string, unknown>> {
  await waitFor(() => messages(socket).length >= count, {
    what: `${count} messages, got ${socket.received.join('\n')}`,
  });
  return messages(socket)[count - 1] ?? {};
}

describe('Gateway: durable channels', () => {
  it('resume exactly after the gateway was killed and restarted', async () => {
    await using database = await createSetUpDatabase();
    await using sql = await database.connect();
    await sql.query(`CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES; CREATE TABLE notes (id int PRIMARY KEY);
      CREATE TABLE tasks (tenant int, id int, PRIMARY KEY (tenant, id))`);
    const options = durableOptions(database);
    const channels = 'channel=topic:com.shop.**&channel=table:public.notes';
    const first = await startGateway(options);
    await using _first = first.running;
    await using early = await first.connect(channels);
    await using idle = await first.connect(channels);
    const idleId = (await idle.message(({ type }) => type === 'listening')).id;
    await using other = await sql.query('SELECT 1').then(() => database.connect());
    // A transaction that began early and commits late has smaller ids than one that the client has by then.
    await other.query(`BEGIN; INSERT INTO notes VALUES (100); SELECT crossbar.publish('com.shop.late')`);
    await sql.query(`INSERT INTO notes VALUES (1)`);
    await sql.query(`SELECT crossbar.publish('com.shop.early')`);
    const { id } = await lastOf(early, 2);
    await sql.query(`INSERT INTO notes VALUES (2)`);
    const { id: later } = await lastOf(early, 3);
    first.running.kill('SIGKILL');
    await first.running.exited;
    await sql.query(`INSERT INTO notes VALUES (3)`);
    await other.query('COMMIT');
    await sql.query(`SELECT crossbar.publish('com.shop.last')`);

    const second = await startGateway(options);
    await using _second = second.running;
    const told = (socket: Socket) =>
      messages(socket).map(({ type, payload }) => {
        if (type !== 'message') return type;
        const { key, topic } = JSON.parse(String(payload)) as { key?: { id: number }; topic?: string };
        return key?.id ?? topic;
      });
    // Of one transaction, the channels may come in any order.
    const inOrder = (socket: Socket) => {
      const all = told(socket);
      const late = all.indexOf('com.shop.late');
      return all[late + 1] === 100 ? all.with(late, 100).with(late + 1, 'com.shop.late') : all;
    };
    const missed = [3, 100, 'com.shop.late', 'com.shop.last'];
    await using resumed = await second.connect(`${channels}&since=${later}`);
    await lastOf(resumed, 4);
    expect(inOrder(resumed)).to.deep.equal(missed);
    await using earlier = await second.connect(`${channels}&since=${id}`);
    await lastOf(earlier, 5);
    expect(inOrder(earlier)).to.deep.equal([2, ...missed]);
    await using all = await second.connect(`${channels}&since=${idleId}`);
    await lastOf(all, 7);
    expect(inOrder(all)).to.deep.equal([1, 'com.shop.early', 2, ...missed]);
    await sql.query(`INSERT INTO notes VALUES (4)`);
    for (const socket of [resumed, earlier, all])
      await waitFor(() => told(socket).at(-1) === 4, { what: 'what comes' });
    await using unknown = await second.connect(`${channels}&since=0/1`);
    await unknown.message(({ type }) => type === 'gap');
  });

  it('continue without repeated or missing messages after the loss of the connection', async () => {
    await using stage = await logStage('CREATE TABLE notes (id int PRIMARY KEY)');
    const slot = `gateway_${stage.database.name}`;
    const retention = { age: 60_000, bytes: 1_000_000, wal: 1_000_000_000 };
    const feeds = stage.create({ 'public.notes': { rows: 'all' } }, { durable: { slot, retention } });
    const channel = 'table:public.notes';
    const reading = await feeds.log.open(AbortSignal.timeout(30_000));
    await feeds.tables.listen(channel);
    await stage.sql.query('INSERT INTO notes VALUES (1), (2)');
    await feeds.told.payloads(channel, 2);
    await stage.sql.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE temporary AND database = current_database()`,
    );
    await waitFor(() => reading.lost.aborted, { what: 'the loss' });
    await reading[Symbol.asyncDispose]();
    await stage.sql.query('INSERT INTO notes VALUES (3), (4)');
    await using _ = await feeds.log.open(AbortSignal.timeout(30_000));
    await stage.sql.query('INSERT INTO notes VALUES (5)');
    const payloads = await feeds.told.payloads(channel, 5);
    expect(payloads.map(({ key }) => key)).to.deep.equal([1, 2, 3, 4, 5].map((id) => ({ id })));
    expect(feeds.told.reasons(channel)).to.deep.equal([]);
  });

  it('advance the slot past WAL that is too old to resume from', async () => {
    await using stage = await logStage('CREATE TABLE notes (id int PRIMARY KEY)');
    const slot = `gateway_${stage.database.name}`;
    const retention = { age: 1, bytes: 1_000_000, wal: 1_000_000_000 };
    const { log } = await stage.open({ 'public.notes': { rows: 'all' } }, { durable: { slot, retention } });
    const confirmed = async () => {
      const { rows } = await stage.sql.query(
        `SELECT confirmed_flush_lsn >= $2::pg_lsn AS done FROM pg_replication_slots WHERE slot_name = $1`,
        [slot, target],
      );
      return rows[0]?.done;
    };
    const { rows } = await stage.sql.query(
      `INSERT INTO notes VALUES (1) RETURNING pg_current_wal_insert_lsn()::text AS target`,
    );
    const target = rows[0].target;
    await waitFor(confirmed, { what: 'the durable slot to move', deadline: 40_000 });
    expect(log.history?.messages).to.deep.equal([]);
    await waitFor(() => (log.retained ?? 0) > 0, { what: 'the bytes that the slot retains' });
  });
});
