import { once } from 'node:events';
import { WebSocket } from 'ws';
import { openBenchDatabase } from '../database.ts';
import type { Figure } from '../report.ts';
import { gatewayExtra, nodeSubject, startLoad } from './subjects.ts';

const sockets = 1000;
const missed = 100;

/** Milliseconds, and those of them of processor time, until 1,000 sockets of pgwamp.v1, which come again together, have each what they have missed. */
export async function resume(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await using subject = await nodeSubject('pgwamp', 'gateway', gatewayExtra(bench));
  const socket = new WebSocket(`ws://127.0.0.1:${subject.port}/listen/bench`, 'pgwamp.v1');
  const [data] = await once(socket, 'message');
  const { id } = JSON.parse(data.toString());
  await bench.connection.query(`SELECT pg_notify('bench', 'missed ' || i) FROM generate_series(1, $1) AS i`, [missed]);
  await once(socket, 'message');
  socket.terminate();
  const before = await subject.processorTime();
  const path = `/listen/bench?since=${id}`;
  await using load = await startLoad(subject, { sockets, frames: missed + 1, path, subprotocol: 'pgwamp.v1' });
  const { at } = await load.waitFor((message) => 'at' in message, 60_000);
  const { begin } = await load.waitFor((message) => 'begin' in message);
  const value = (at as number) - (begin as number);
  const what = `${sockets} sockets resume ${missed} messages each`;
  const processor = (await subject.processorTime()) - before;
  return [
    { what, value, unit: 'ms', atMost: 1000 },
    { what: 'of it processor time of the Gateway', value: processor, unit: 'ms' },
  ];
}
