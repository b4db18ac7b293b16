import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect, waitFor } from '@pgwamp/harness';
import { type BenchDatabase, openBenchDatabase } from '../database.ts';
import { type Figure, median, percentile } from '../report.ts';
import { FrameReader } from './frame-reader.ts';
import { handshake } from './handshake.ts';
import { subjects, superuser } from './subjects.ts';

/** Notifications before the measurement: a server that has run for a while has compiled its code. */
const warmUp = 20_000;
const perTransaction = 500;
const turns = 60;
/** Notifications of one receiver in a turn. */
const perTurn = 50;

/** A receiver of the notifications of its own channel. */
class Receiver implements AsyncDisposable {
  readonly name: string;
  readonly channel: string;
  readonly times: number[] = [];
  /** The number of notifications that it has received. */
  received = 0;
  /** Called when notifications have arrived. */
  arrived: (() => void) | undefined;
  readonly #close: () => Promise<void>;

  constructor(name: string, channel: string, close: () => Promise<void>) {
    this.name = name;
    this.channel = channel;
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
 * run all the time and take turns, each on its own channel, so that whatever else the machine does concerns all alike.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using resources = new AsyncDisposableStack();
  const bench = resources.use(await openBenchDatabase());
  const receivers: Receiver[] = [resources.use(await listener(bench))];
  for (const open of subjects(bench)) {
    const { name, port } = resources.use(await open());
    // The sketch listens to no other channel.
    const channel = name === 'plain ws + pg' ? 'bench' : `latency${receivers.length}`;
    receivers.push(resources.use(await socketOf(name, port, channel)));
  }
  for (const receiver of receivers) await notifyMany(bench, receiver);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const receiver of receivers) {
      for (let sample = 0; sample < perTurn; sample += 1) receiver.times.push(await notifyOnce(bench, receiver));
    }
  }
  const [raw, ...servers] = receivers;
  const p50 = median(raw?.times ?? []);
  const added = new Map(servers.map(({ name, times }) => [name, median(times) - p50]));
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
    })),
    ...others.map(({ name }) => ({
      what: `added by pgwamp, of ${name}`,
      value: own / (added.get(name) ?? Number.NaN),
      unit: '×',
      ...(name === 'pg_eventserv' && { atMost: 1 }),
    })),
  ];
}

/** Raw LISTEN. */
async function listener(bench: BenchDatabase): Promise<Receiver> {
  const connection = await connect(superuser(bench));
  const receiver = new Receiver('raw LISTEN', 'latency0', async () => connection[Symbol.asyncDispose]());
  connection.on('notification', () => receiver.take(1));
  await connection.query(`LISTEN ${receiver.channel}`);
  return receiver;
}

/** A socket that costs next to nothing here. */
async function socketOf(name: string, port: number, channel: string): Promise<Receiver> {
  const socket: Socket = connectSocket({ port, host: '127.0.0.1', noDelay: true });
  const receiver = new Receiver(name, channel, async () => void socket.destroy());
  socket.write(handshake(`/listen/${channel}`));
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

async function notifyMany({ connection }: BenchDatabase, receiver: Receiver): Promise<void> {
  for (let sent = 0; sent < warmUp; sent += perTransaction) {
    await connection.query(`SELECT pg_notify('${receiver.channel}', i::text) FROM generate_series(1, $1::int) AS i`, [
      perTransaction,
    ]);
  }
  await waitFor(() => receiver.received >= warmUp, { what: `${warmUp} notifications by ${receiver.name}` });
}

async function notifyOnce({ connection }: BenchDatabase, receiver: Receiver): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  receiver.arrived = () => resolve(performance.now());
  const start = performance.now();
  await connection.query(`SELECT pg_notify('${receiver.channel}', 'one')`);
  return (await promise) - start;
}
