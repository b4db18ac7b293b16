import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type PostgresServer,
  type RunningProcess,
  startPostgres,
  startProcess,
  startTcpProxy,
  waitFor,
} from '@pgwamp/harness';
import { expect } from 'chai';
import { prepareStage, type Stage } from './support/stage.ts';

/** Keys whose rows are updated, so that the order of each can be looked at. */
const keys = 5;

/** Updates rows until told to stop, one transaction after the other; returns the last number that each key has for certain. */
class Writer {
  readonly committed = new Map<number, number[]>();
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(stage: Stage) {
    this.#running = this.#run(stage);
  }

  get size(): number {
    return this.committed.values().reduce((sum, numbers) => sum + numbers.length, 0);
  }

  async grownBy(count: number): Promise<void> {
    const goal = this.size + count;
    await waitFor(() => this.size >= goal, { what: `${count} more commits`, deadline: 30_000 });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run({ database }: Stage): Promise<void> {
    let number = 0;
    while (!this.#stopped) {
      try {
        await using client = await database.connect();
        while (!this.#stopped) {
          number += 1;
          const key = number % keys;
          await client.query('UPDATE orders SET item = $2 WHERE id = $1', [key, String(number)]);
          this.committed.set(key, [...(this.committed.get(key) ?? []), number]);
        }
      } catch {
        // The outcome of the last one is not known; its number is not used again. The server is down, or about to be.
        await delay(20);
      }
    }
  }
}

/** Fails unless everything that was committed has arrived, for each key in order; returns how many came more than once. */
function expectAll(writer: Writer, rows: readonly unknown[]): number {
  let repeats = 0;
  for (const [key, committed] of writer.committed) {
    const arrived = rows.flatMap((row) => {
      const { id, item } = row as { id: number; item: string };
      return id === key && item !== 'start' ? [Number(item)] : [];
    });
    const firsts = [...new Set(arrived)];
    repeats += arrived.length - firsts.length;
    expect(firsts, `first arrivals of key ${key}`).to.deep.equal(firsts.toSorted((a, b) => a - b));
    expect(
      committed.filter((number) => !firsts.includes(number)),
      `lost of key ${key}`,
    ).to.deep.equal([]);
  }
  return repeats;
}

async function withRows(server?: PostgresServer): Promise<Stage> {
  const stage = await prepareStage(server);
  await stage.run(`INSERT INTO orders SELECT n, 'start' FROM generate_series(0, ${keys - 1}) AS n`);
  return stage;
}

/** The last number of each key that is certain has arrived. */
async function allArrived(writer: Writer, rows: () => readonly unknown[]): Promise<void> {
  const isThere = () => {
    const items = new Set(rows().map((row) => (row as { item: string }).item));
    return writer.committed.values().every((numbers) => items.has(String(numbers.at(-1))));
  };
  await waitFor(isThere, { what: 'everything to arrive', deadline: 30_000 });
}

const faults: Readonly<Record<string, (stage: Stage, server: PostgresServer) => Promise<void>>> = {
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
  'the broker is down for a while': async ({ broker }) => {
    broker.goDown();
    await delay(300);
    broker.isDown = false;
  },
};

describe('a Proxy loses nothing, and keeps the order of each key', () => {
  for (const [name, fail] of Object.entries(faults)) {
    it(`when ${name}`, async () => {
      await using server = await startPostgres({ own: true });
      await using stage = await withRows(server);
      await using proxy = await stage.start();
      const writer = new Writer(stage);
      await writer.grownBy(100);
      for (let round = 0; round < 2; round += 1) {
        await fail(stage, server);
        await writer.grownBy(100);
      }
      await writer.stop();
      await allArrived(writer, () => stage.broker.rows());
      expectAll(writer, stage.broker.rows());
      expect(proxy.status().reconnects).to.be.above(0);
    });
  }

  it('when PostgreSQL is silent', async () => {
    await using stage = await withRows();
    const { host, port } = stage.database.options;
    await using network = await startTcpProxy({ host, port });
    const { extra } = stage.options();
    const database = { ...extra.database, host: network.host, port: network.port } as typeof extra.database;
    await using proxy = await stage.start({ database });
    const writer = new Writer(stage);
    await writer.grownBy(100);
    network.swallow();
    await waitFor(() => proxy.status().state === 'reconnecting', { what: 'the loss', deadline: 30_000 });
    await writer.grownBy(100);
    network.cut();
    await network.resume();
    await writer.stop();
    await allArrived(writer, () => stage.broker.rows());
    expectAll(writer, stage.broker.rows());
  });

  it('and counts what it sends again, since the broker had not answered', async () => {
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

  it('when it is killed and started again', async () => {
    await using stage = await withRows();
    const start = async (): Promise<RunningProcess> => {
      const { sinks: _, ...extra } = stage.options().extra;
      const running = await startProcess(join(import.meta.dirname, 'fixtures/proxy-process.ts'), {
        args: [JSON.stringify({ extra })],
      });
      await running.waitFor({ state: 'running' });
      return running;
    };
    const processes: RunningProcess[] = [];
    const rows = () => processes.flatMap(({ messages }) => messages.flatMap(({ row }) => row ?? []));
    processes.push(await start());
    const writer = new Writer(stage);
    await writer.grownBy(100);
    for (let round = 0; round < 2; round += 1) {
      processes.at(-1)?.kill('SIGKILL');
      await processes.at(-1)?.exited;
      processes.push(await start());
      await writer.grownBy(100);
    }
    await writer.stop();
    await allArrived(writer, rows);
    expectAll(writer, rows());
    for (const running of processes) await running[Symbol.asyncDispose]();
  });

  it('and counts the times that notifications may have been missed', async () => {
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
