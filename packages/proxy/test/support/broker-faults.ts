import { type PostgresServer, startPostgres, waitFor } from '@pgwamp/harness';
import { expect } from 'chai';
import type { BrokerStage } from './broker-stages.ts';
import { ProxyProcess } from './proxy-process.ts';
import { prepareStage, type Stage } from './stage.ts';
import { type ReceivedRow, Writer } from './writer.ts';

/** Messages that have to get through between two faults. */
const progress = 100;
/** Messages that are written before those before them are delivered. */
const ahead = 300;

/** The faults, one after the other. */
interface Scene {
  readonly broker: BrokerStage;
  readonly server: PostgresServer;
  readonly stage: Stage;
  readonly proxy: ProxyProcess;
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
  'it was killed': async ({ proxy }) => {
    await proxy.kill();
    await proxy.startAgain();
  },
};

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

/**
 * Everything fails, one after the other, while rows are written: the network, the broker, PostgreSQL, and the Proxy, which is a process of its own.
 * Fails if a message is lost, out of order, or is repeated under another id.
 */
export async function survivesFaults(open: () => Promise<BrokerStage>): Promise<void> {
  await using broker = await open();
  await using server = await startPostgres({ own: true });
  await using stage = await prepareStage(server);
  const { extra } = stage.options({
    sinks: { broker: broker.sink as never },
    routes: [{ from: 'changes', to: 'broker', destination: broker.destination }],
  });
  await using proxy = await ProxyProcess.start(extra);
  await using writer = await Writer.start(stage, (written) => written > proxy.confirmed + ahead);
  await proxy.delivers(progress, 'at first');
  for (const [name, fail] of Object.entries(faults)) {
    const failing = fail({ broker, server, stage, proxy });
    if (!failing) continue;
    await failing;
    await proxy.delivers(progress, `after ${name}`);
  }
  await writer.stop();
  await everythingConfirmed(stage, proxy);
  const messages = await waitFor(
    async () => {
      const received = (await broker.payloads()).map((text) => JSON.parse(text) as { id: string; row: ReceivedRow });
      return writer.isIn(received.map(({ row }) => row)) && received;
    },
    { what: 'all messages to be with the broker', deadline: 60_000 },
  );
  writer.expectAll(messages.map(({ row }) => row));
  // A repeat has the id of the first: that is how a consumer tells it from a new message.
  const ids = new Map(messages.map(({ id, row }) => [`${row.id} ${row.item}`, id]));
  for (const { id, row } of messages) expect(ids.get(`${row.id} ${row.item}`)).to.equal(id);
  expect(new Set(ids.values()).size).to.equal(ids.size);
  expect(proxy.status.parked).to.equal(0);
}
