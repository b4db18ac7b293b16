import { once } from 'node:events';
import { connect } from '@pgwamp/harness';
import { WebSocket } from 'ws';
import { openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';
import { subjects, superuser } from './subjects.ts';

const warmUp = 200;
const samples = 1500;

/** Milliseconds from a NOTIFY to its arrival in the process that made it, by a socket; less those by LISTEN, taken in turns. */
export async function latency(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await using listener = await connect(superuser(bench));
  await listener.query('LISTEN bench');
  const figures: Figure[] = [];
  for (const open of subjects(bench)) {
    await using subject = await open();
    const socket = new WebSocket(`ws://127.0.0.1:${subject.port}/listen/bench`);
    await once(socket, 'open');
    const [direct, through]: [number[], number[]] = [[], []];
    for (let sample = 0; sample < warmUp + samples; sample += 1) {
      const start = performance.now();
      const arrivals = Promise.all([arrival(listener, 'notification'), arrival(socket, 'message')]);
      await bench.connection.query(`SELECT pg_notify('bench', '${sample}')`);
      const [listened, received] = await arrivals;
      if (sample < warmUp) continue;
      direct.push(listened - start);
      through.push(received - start);
    }
    socket.terminate();
    const added = median(through) - median(direct);
    figures.push(
      { what: `raw LISTEN, beside ${subject.name}`, value: median(direct), unit: 'ms' },
      {
        what: `added by ${subject.name}`,
        value: added,
        unit: 'ms',
        ...(subject.name === 'pgwamp' && { atMost: 0.06 }),
      },
    );
  }
  return figures;
}

async function arrival(
  emitter: { once(event: string, listener: () => void): unknown },
  event: string,
): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  emitter.once(event, () => resolve(performance.now()));
  return promise;
}
