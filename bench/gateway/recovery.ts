import { setTimeout as sleep } from 'node:timers/promises';
import { connect, startStandby, startTcpProxy } from '@pgwamp/harness';
import { WebSocket } from 'ws';
import { databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';
import { gatewayExtra, nodeSubject } from './subjects.ts';

const restarts = 5;
/** Milliseconds between two attempts to write. */
const step = 5;
const sources = { NOTIFY: 'bench', 'a topic': 'topic:com.bench', 'row changes': 'table:public.notes' } as const;

/** Milliseconds from the moment when PostgreSQL takes writes again until sockets get messages again: after restarts, and the promotion of a standby. */
export async function recovery(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  await bench.connection.query(
    'CREATE TABLE notes (id bigserial PRIMARY KEY); CREATE PUBLICATION pgwamp_gateway FOR ALL TABLES',
  );
  await using standby = await startStandby(bench.server);
  await using address = await startTcpProxy(bench.server);
  const { host, port } = address;
  const database = { ...databaseConfiguration(bench), host, port };
  const extra = { ...gatewayExtra(bench), database, topics: true, tables: { 'public.notes': 'all' } };
  await using subject = await nodeSubject('pgwamp', 'gateway', extra);
  const received = Object.values(sources).map((channel) => listen(subject.port, channel));
  await messages({ ...bench.database.config, host, port }, received);
  const times: number[][] = [];
  bench.connection.on('error', () => undefined);
  for (let round = 0; round < restarts; round += 1) {
    await bench.server.stop('immediate');
    const starting = bench.server.start();
    times.push(await messages({ ...bench.database.config, host, port }, received));
    await starting;
  }
  await bench.server.stop('immediate');
  address.redirect(standby);
  {
    await using superuser = await standby.connect();
    await superuser.query('SELECT pg_promote(false)');
  }
  const promoted = await messages({ ...bench.database.config, host, port }, received);
  return Object.keys(sources).flatMap((name, index) => [
    {
      what: `until ${name} arrives after a restart, of ${restarts}`,
      value: median(times.map((some) => some[index] ?? Number.NaN)),
      unit: 'ms',
      atMost: 1000,
    },
    { what: `until ${name} arrives after a promotion`, value: promoted[index] ?? Number.NaN, unit: 'ms', atMost: 1000 },
  ]);
}

/** When a socket has got its last message. */
interface Received {
  at: number;
}

function listen(port: number, channel: string): Received {
  const received = { at: 0 };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/listen/${channel}`);
  socket.on('message', () => {
    received.at = performance.now();
  });
  return received;
}

/** Writes from the moment on when that is possible, until each socket has got something; and says how long that took for each. */
async function messages(config: Parameters<typeof connect>[0], received: readonly Received[]): Promise<number[]> {
  await using connection = await connectedPrimary(config);
  const back = performance.now();
  while (received.some(({ at }) => at < back)) {
    await connection.query(
      `INSERT INTO notes DEFAULT VALUES; SELECT crossbar.publish('com.bench'), pg_notify('bench', clock_timestamp()::text)`,
    );
    await sleep(step);
  }
  return received.map(({ at }) => at - back);
}

async function connectedPrimary(config: Parameters<typeof connect>[0]) {
  for (;;) {
    try {
      const connection = await connect(config);
      const { rows } = await connection.query('SELECT pg_is_in_recovery() AS standby');
      if (!rows[0]?.standby) return connection;
      await connection[Symbol.asyncDispose]();
    } catch {
      // It is not back yet.
    }
    await sleep(step);
  }
}
