import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type PostgresServer,
  repositoryRoot,
  startPostgres,
  startTcpProxy,
  type TcpProxy,
  waitFor,
} from '@pgwamp/harness';
import { expect } from 'chai';
import type { BrokerStage } from './broker-stages.ts';
import { ProxyProcess } from './proxy-process.ts';
import { prepareStage, type Stage } from './stage.ts';
import { type ReceivedRow, Writer } from './writer.ts';

/** Messages that have to get through between two faults. */
const progress = 100;
/** Messages that are written before those before them are delivered. */
const ahead = 300;
/** Durable messages that SQL sends at a time. */
const durableCount = 30;

/** Everything that takes part. */
interface Scene {
  readonly broker: BrokerStage;
  readonly server: PostgresServer;
  /** The network between PostgreSQL and the Proxy. */
  readonly network: TcpProxy;
  readonly stage: Stage;
  readonly proxy: ProxyProcess;
  readonly writer: Writer;
  readonly durable: DurableMessages;
}

const faults: Readonly<Record<string, (scene: Scene) => Promise<void> | undefined>> = {
  'the connection to the broker was cut': async ({ broker }) => broker.proxy.cut(),
  'nothing passed between them': async ({ broker, proxy }) => {
    broker.proxy.swallow();
    await waitFor(() => !proxy.status.connected, { what: 'the loss', deadline: 60_000 });
    broker.proxy.cut();
    await broker.proxy.resume();
  },
  'the broker closed the connection': ({ broker }) => broker.hangUp?.(),
  'the broker was restarted': ({ broker: { durable } }) => durable?.stop().then(() => durable.start()),
  'the broker was killed': ({ broker: { durable } }) => durable?.kill().then(() => durable.start()),
  'its backends were terminated': async ({ stage }) => {
    await stage.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^pgwamp proxy'`);
  },
  'PostgreSQL was restarted': async ({ server }) => {
    await server.stop('fast');
    await server.start();
  },
  'PostgreSQL was killed': async ({ server }) => {
    await server.stop('immediate');
    await server.start();
  },
  'PostgreSQL was silent': async ({ network, proxy }) => {
    network.swallow();
    await waitFor(() => proxy.status.state === 'reconnecting', { what: 'the loss of PostgreSQL', deadline: 60_000 });
    network.cut();
    await network.resume();
  },
  'it was killed': async ({ proxy }) => {
    await proxy.kill();
    await proxy.startAgain();
  },
  'it was killed, and restarted when many rows were waiting': async ({ proxy, writer }) => {
    await proxy.kill();
    await waitFor(() => writer.size > proxy.confirmed + ahead, { what: 'rows to wait', deadline: 60_000 });
    await proxy.startAgain();
  },
  'it was killed while SQL sent durable messages': async ({ proxy, durable }) => {
    await durable.send();
    await proxy.kill();
    await durable.send();
    const starting = proxy.startAgain();
    await durable.send();
    await starting;
    await durable.send();
  },
};

/** The messages of `events.send_message` with durable => true, each in a transaction of its own. */
class DurableMessages {
  readonly #stage: Stage;
  #sent = 0;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Installs the functions of pg-event-proxy as `pgwamp install --events` does. */
  static async install(stage: Stage): Promise<DurableMessages> {
    const sql = await readFile(join(repositoryRoot, 'sql/events/events.sql'), 'utf8');
    await stage.run(`GRANT CREATE ON DATABASE ${stage.database.name} TO crossbar; SET ROLE crossbar; ${sql}`);
    return new DurableMessages(stage);
  }

  async send(): Promise<void> {
    const [from, to] = [this.#sent + 1, this.#sent + durableCount];
    const message = `jsonb_build_object('kept', n)::text`;
    await this.#stage.run(`DO $$ BEGIN FOR n IN ${from}..${to} LOOP
      PERFORM events.send_message('kept', ${message}, '', true); COMMIT; END LOOP; END $$`);
    this.#sent = to;
  }

  /** Whether all have arrived. */
  isIn(numbers: readonly number[]): boolean {
    return new Set(numbers).size >= this.#sent;
  }

  /** Fails unless all have arrived. They have no order key, so queues of several groups have them in any order. */
  expectAll(numbers: readonly number[]): void {
    expect([...new Set(numbers)].toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: this.#sent }, (_, index) => index + 1),
    );
  }
}

/** Resolves when the broker has confirmed all that is in the log by now. Brokers are slow on a busy machine: only a standstill is a failure. */
async function everythingConfirmed(stage: Stage, proxy: ProxyProcess): Promise<void> {
  const [end] = await stage.run('SELECT pg_current_wal_insert_lsn()::text AS position');
  const text = `SELECT bool_and(position >= '${end?.position}') AS is_there FROM crossbar._proxy_cursor`;
  const isThere = async () => (await stage.run(text))[0]?.is_there;
  while (!(await isThere())) {
    const { confirmed } = proxy;
    const goesOn = async () => proxy.confirmed > confirmed || isThere();
    await waitFor(goesOn, { what: `more than ${confirmed} messages to be delivered`, deadline: 90_000 });
  }
}

/** The payload of a message: a change of a row, or a durable message. */
type Received = { readonly id: string; readonly row: ReceivedRow } | { readonly kept: number };

/** All messages of the broker, when everything that was written is among them. Here too, only a standstill is a failure. */
async function everythingReceived({ broker, writer, durable }: Scene) {
  const read = async () => {
    const received = (await broker.payloads()).map((text) => JSON.parse(text) as Received);
    const rows = received.filter((message) => 'row' in message);
    const kept = received.flatMap((message) => ('kept' in message ? [message.kept] : []));
    const isAll = writer.isIn(rows.map(({ row }) => row)) && durable.isIn(kept);
    return { rows, kept, isAll, count: received.length };
  };
  let last = await read();
  while (!last.isAll) {
    const { count } = last;
    const next = async () => {
      const now = await read();
      return (now.isAll || now.count > count) && now;
    };
    last = await waitFor(next, { what: `more than ${count} messages to be with the broker`, deadline: 60_000 });
  }
  return last;
}

/**
 * Everything fails, one after the other, while rows are written: the network, the broker, PostgreSQL, and the Proxy, which is a process of its own.
 * Fails if a message is lost, out of order, or is repeated under another id.
 */
export async function survivesFaults(open: () => Promise<BrokerStage>): Promise<void> {
  await using broker = await open();
  await using server = await startPostgres({ own: true });
  await using stage = await prepareStage(server);
  await using network = await startTcpProxy(server);
  const durable = await DurableMessages.install(stage);
  const { extra } = stage.options({
    sources: { changes: { kind: 'wal' }, kept: { kind: 'durable', framing: 'key', channels: ['kept'] } },
    sinks: { broker: broker.sink as never },
    routes: ['changes', 'kept'].map((from) => ({ from, to: 'broker', destination: broker.destination })),
  });
  const database = { ...extra.database, host: network.host, port: network.port };
  await using proxy = await ProxyProcess.start({ ...extra, database });
  await using writer = await Writer.start(stage, (written) => written > proxy.confirmed + ahead);
  const scene = { broker, server, network, stage, proxy, writer, durable };
  await proxy.delivers(progress, 'at first');
  for (const [name, fail] of Object.entries(faults)) {
    const failing = fail(scene);
    if (!failing) continue;
    await failing;
    await proxy.delivers(progress, `after ${name}`);
  }
  await writer.stop();
  await everythingConfirmed(stage, proxy);
  const { rows: messages, kept } = await everythingReceived(scene);
  durable.expectAll(kept);
  writer.expectAll(messages.map(({ row }) => row));
  // A repeat has the id of the first: that is how a consumer tells it from a new message.
  const ids = new Map(messages.map(({ id, row }) => [`${row.id} ${row.item}`, id]));
  for (const { id, row } of messages) expect(ids.get(`${row.id} ${row.item}`)).to.equal(id);
  expect(new Set(ids.values()).size).to.equal(ids.size);
  expect(proxy.status.parked).to.equal(0);
}
