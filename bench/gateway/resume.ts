import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type BenchDatabase, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';
import { gatewayExtra, nodeSubject, startLoad, superuser } from './subjects.ts';

const sockets = 1000;
const missed = 100;
const rounds = 3;

/**
 * Milliseconds, and those of processor time, until 1,000 sockets of pgwamp.v1, which come again together, have each what they have missed;
 * against the time in which as many open at a server that replays nothing.
 */
export async function resume(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const [times, processor, opened]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    opened.push(await timeToOpen(bench));
    await using subject = await nodeSubject('pgwamp', 'gateway', gatewayExtra(bench));
    const socket = new WebSocket(`ws://127.0.0.1:${subject.port}/listen/bench`, 'pgwamp.v1');
    const [data] = await once(socket, 'message');
    const { id } = JSON.parse(data.toString());
    await bench.connection.query(`SELECT pg_notify('bench', 'missed ' || i) FROM generate_series(1, $1) AS i`, [
      missed,
    ]);
    await once(socket, 'message');
    socket.terminate();
    const before = await subject.processorTime();
    const path = `/listen/bench?since=${id}`;
    await using load = await startLoad(subject, { sockets, frames: missed + 1, path, subprotocol: 'pgwamp.v1' });
    const { at } = await load.waitFor((message) => 'at' in message, 60_000);
    const { begin } = await load.waitFor((message) => 'begin' in message);
    times.push((at as number) - (begin as number));
    processor.push((await subject.processorTime()) - before);
  }
  return [
    { what: `${sockets} sockets open at plain ws + pg`, value: median(opened), unit: 'ms' },
    { what: `${sockets} sockets resume ${missed} messages each`, value: median(times), unit: 'ms', atMost: 1000 },
    { what: 'of it processor time of the Gateway', value: median(processor), unit: 'ms' },
  ];
}

async function timeToOpen(bench: BenchDatabase): Promise<number> {
  await using control = await nodeSubject('plain ws + pg', 'gateway-sketch', superuser(bench));
  await using load = await startLoad(control, { sockets, frames: 1 });
  const { opened } = await load.waitFor((message) => 'opened' in message);
  const { begin } = await load.waitFor((message) => 'begin' in message);
  return (opened as number) - (begin as number);
}
