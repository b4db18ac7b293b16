import { join } from 'node:path';
import {
  type PostgresServer,
  type RunningProcess,
  startPostgres,
  startProcess,
  startTcpProxy,
  waitFor,
} from '@pgwamp/harness';
import { expect } from 'chai';
import type { Proxy } from '../src/index.ts';
import { prepareStage, type Stage } from './support/stage.ts';
import { type ReceivedRow, Writer } from './support/writer.ts';

/** All that was committed has arrived. */
async function allArrived(writer: Writer, rows: () => readonly unknown[]): Promise<void> {
  const isThere = () => writer.isIn(rows() as ReceivedRow[]);
  await waitFor(isThere, { what: 'everything to arrive', deadline: 30_000 });
  writer.expectAll(rows() as ReceivedRow[]);
}

const faults: Readonly<Record<string, (stage: Stage, server: PostgresServer, proxy: Proxy) => Promise<void>>> = {
  'backends are terminated': async (stage) => {
    await stage.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^pgwamp proxy'`);
  },
  'PostgreSQL is restarted': async (_stage, server) => {
    await server.stop('fast');
    await server.start();
  },
  'PostgreSQL is killed': async (_stage, server) => {
    await server.stop('immediate');
    await server.start();
  },
  'the connection to the broker is cut': async ({ broker }) => broker.cut(),
  'the broker is down for a while': async ({ broker }, _server, proxy) => {
    broker.goDown();
    await waitFor(() => proxy.status().sinks.broker?.connected === false, { what: 'the loss' });
    broker.isDown = false;
  },
};

describe('Proxy: faults', () => {
  for (const [name, fail] of Object.entries(faults)) {
    it(`loses nothing and keeps the order of each key when ${name}`, async () => {
      await using server = await startPostgres({ own: true });
      await using stage = await prepareStage(server);
      await using proxy = await stage.start();
      await using writer = await Writer.start(stage);
      await writer.grownBy(100);
      for (let round = 0; round < 2; round += 1) {
        await fail(stage, server, proxy);
        await writer.grownBy(100);
      }
      await writer.stop();
      await allArrived(writer, () => stage.broker.rows());
      expect(proxy.status().reconnects).to.be.above(0);
    });
  }

  it('loses nothing and keeps the order of each key when PostgreSQL does not answer', async () => {
    await using stage = await prepareStage();
    const { host, port } = stage.database.options;
    await using network = await startTcpProxy({ host, port });
    const { extra } = stage.options();
    const database = { ...extra.database, host: network.host, port: network.port } as typeof extra.database;
    await using proxy = await stage.start({ database });
    await using writer = await Writer.start(stage);
    await writer.grownBy(100);
    network.swallow();
    await waitFor(() => proxy.status().state === 'reconnecting', { what: 'the loss', deadline: 30_000 });
    await writer.grownBy(100);
    network.cut();
    await network.resume();
    await writer.stop();
    await allArrived(writer, () => stage.broker.rows());
  });

  it('counts messages that it sends again because the broker had not confirmed them', async () => {
    await using stage = await prepareStage();
    await using proxy = await stage.start();
    const answered = Promise.withResolvers<void>();
    stage.broker.judge = ({ payload }) => (String(payload).includes('tea') ? undefined : answered.promise);
    await stage.run(`INSERT INTO orders VALUES (1, 'tea'), (2, 'milk'), (3, 'salt')`);
    await waitFor(() => proxy.status().sinks.broker?.inFlight === 2, { what: 'two messages on their way' });
    await stage.broker.has(1);
    stage.broker.cut();
    answered.resolve();
    await stage.broker.has(3);
    await waitFor(() => proxy.status().sinks.broker?.confirmed === 3, { what: 'three confirmations' });
    expect(proxy.status().sinks.broker?.repeated).to.equal(2);
  });

  it('loses nothing and keeps the order of each key when it is killed and restarted', async () => {
    await using stage = await prepareStage();
    await using started = new AsyncDisposableStack();
    const start = async (): Promise<RunningProcess> => {
      const { sinks: _, ...extra } = stage.options().extra;
      const running = await startProcess(join(import.meta.dirname, 'fixtures/proxy-process.ts'), {
        args: [JSON.stringify({ extra })],
      });
      started.use(running);
      await running.waitFor({ state: 'running' });
      return running;
    };
    const processes: RunningProcess[] = [];
    const rows = () => processes.flatMap(({ messages }) => messages.flatMap(({ row }) => row ?? []));
    processes.push(await start());
    await using writer = await Writer.start(stage);
    await writer.grownBy(100);
    for (let round = 0; round < 2; round += 1) {
      processes.at(-1)?.kill('SIGKILL');
      await processes.at(-1)?.exited;
      processes.push(await start());
      await writer.grownBy(100);
    }
    await writer.stop();
    await allArrived(writer, rows);
  });

  it('counts interruptions in which notifications may have been missed', async () => {
    await using stage = await prepareStage();
    await using proxy = await stage.start({
      sources: { notes: { kind: 'channel', channels: ['notes'] } },
      routes: [{ from: 'notes', to: 'broker' }],
    });
    await stage.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ '^pgwamp proxy'`);
    await waitFor(() => proxy.status().gaps > 0, { what: 'a gap' });
    await waitFor(() => proxy.status().state === 'running', { what: 'the Proxy to run' });
    await stage.run(`NOTIFY notes, 'hello'`);
    await stage.broker.has(1);
  });
});
