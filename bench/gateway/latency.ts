import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect, waitFor } from '@pgwamp/harness';
import { type BenchDatabase, openBenchDatabase } from '../database.ts';
import { type Figure, median, percentile } from '../report.ts';
import { FrameReader } from './frame-reader.ts';
import { handshake } from './handshake.ts';
import { type Subject, subjects, superuser } from './subjects.ts';

/** Notifications before the measurement: a server that has run for a while has compiled its code. */
const warmUp = 20_000;
const perTransaction = 500;
const turns = 100;
/** Notifications of one receiver in a turn. */
const perTurn = 30;

/** A receiver of the notifications of its own database. */
class Receiver implements AsyncDisposable {
  readonly name: string;
  readonly bench: BenchDatabase;
  readonly times: number[] = [];
  /** The number of notifications that it has received. */
  received = 0;
  /** Called when notifications have arrived. */
  arrived: (() => void) | undefined;
  readonly #close: () => Promise<void>;

  constructor(name: string, bench: BenchDatabase, close: () => Promise<void>) {
    this.name = name;
    this.bench = bench;
    this.#close = close;
  }

  take(count: number): void {
    this.received += count;
    if (count > 0) this.arrived?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/**
 * Milliseconds from a NOTIFY to its arrival in the process that made it, by LISTEN and by the socket of each server. All
 * run all the time and take turns, so that whatever else the machine does concerns all alike. Each has its own database,
 * since a NOTIFY wakes all sessions of the database that LISTEN, also to other channels.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using resources = new AsyncDisposableStack();
  const bench = resources.use(await openBenchDatabase());
  const receivers: Receiver[] = [resources.use(await listener(bench))];
  for (const index of subjects(bench).keys()) {
    const database = resources.use(await bench.server.createDatabase());
    const own = { ...bench, database, connection: resources.use(await database.connect()) };
    const [open] = subjects(own).slice(index);
    if (open) receivers.push(resources.use(await socketOf(resources.use(await open()), own)));
  }
  for (const receiver of receivers) await notifyMany(receiver);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const receiver of receivers) {
      for (let sample = 0; sample < perTurn; sample += 1) receiver.times.push(await notifyOnce(receiver));
    }
  }
  const [raw, ...servers] = receivers;
  const rawTurns = raw === undefined ? [] : mediansOf(raw);
  // The difference within a turn: a busy moment concerns few turns.
  const addedBy = (server: Receiver) =>
    median(mediansOf(server).map((time, turn) => time - (rawTurns[turn] ?? Number.NaN)));
  const added = new Map(servers.map((server) => [server.name, addedBy(server)]));
  const own = added.get('pgwamp') ?? Number.NaN;
  const others = servers.filter(({ name }) => name !== 'pgwamp');
  return [
    ...receivers.flatMap(({ name, times }) => [
      { what: `${name}, median`, value: median(times) * 1000, unit: 'µs' },
      { what: `${name}, 99th percentile`, value: percentile(times, 0.99) * 1000, unit: 'µs' },
    ]),
    ...servers.map(({ name }) => ({
      what: `added by ${name}, median`,
      value: (added.get(name) ?? Number.NaN) * 1000,
      unit: 'µs',
      ...(name === 'pgwamp' && { atMost: 60 }),
    })),
    ...others.map(({ name }) => ({
      what: `added by pgwamp, of ${name}`,
      value: own / (added.get(name) ?? Number.NaN),
      unit: '×',
      ...(name === 'pg_eventserv' && { atMost: 1 }),
    })),
  ];
}

/** The median of each turn. */
function mediansOf({ times }: Receiver): number[] {
  return Array.from({ length: turns }, (_, turn) => median(times.slice(turn * perTurn, (turn + 1) * perTurn)));
}

/** Raw LISTEN. */
async function listener(bench: BenchDatabase): Promise<Receiver> {
  const connection = await connect(superuser(bench));
  const receiver = new Receiver('raw LISTEN', bench, async () => connection[Symbol.asyncDispose]());
  connection.on('notification', () => receiver.take(1));
  await connection.query('LISTEN bench');
  return receiver;
}

/** A socket that costs next to nothing here. */
async function socketOf({ name, port }: Subject, bench: BenchDatabase): Promise<Receiver> {
  const socket: Socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
  const receiver = new Receiver(name, bench, async () => void socket.destroy());
  socket.write(handshake('/listen/bench'));
  const [head] = await once(socket, 'data');
  if (!String(head).startsWith('HTTP/1.1 101')) throw new Error(String(head));
  const frames = new FrameReader();
  socket.on('data', (chunk: Buffer) => {
    const before = frames.count;
    frames.push(chunk);
    receiver.take(frames.count - before);
  });
  return receiver;
}

async function notifyMany(receiver: Receiver): Promise<void> {
  for (let sent = 0; sent < warmUp; sent += perTransaction) {
    await receiver.bench.connection.query(`SELECT pg_notify('bench', i::text) FROM generate_series(1, $1::int) AS i`, [
      perTransaction,
    ]);
  }
  await waitFor(() => receiver.received >= warmUp, { what: `${warmUp} notifications by ${receiver.name}` });
}

async function notifyOnce(receiver: Receiver): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  receiver.arrived = () => resolve(performance.now());
  const start = performance.now();
  await receiver.bench.connection.query(`NOTIFY bench, 'one'`);
  return (await promise) - start;
}
