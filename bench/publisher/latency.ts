import { once } from 'node:events';
import { startProcess } from '@pgwamp/harness';
import { WebSocket } from 'ws';
import { type BenchDatabase, databaseConfiguration, openBenchDatabase } from '../database.ts';
import { type Figure, percentile } from '../report.ts';

const publisher = new URL('../processes/publish.ts', import.meta.url).pathname;
const samples = 2000;

/**
 * From sending the statement to receiving the event, one at a time: a subscriber over WebSocket, with router and Publisher in another
 * process, against a raw LISTEN. Both in turn.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const args = [JSON.stringify({ database: databaseConfiguration(bench), delivery: 'wal' })];
  await using process = await startProcess(publisher, { args });
  const { url } = await process.waitFor((message) => 'url' in message);
  const socket = await subscribe(url as string);
  await process.waitFor({ running: true });
  const times = await measure(bench, socket);
  socket.terminate();
  const [event, listen] = [percentile(times.event, 0.5), percentile(times.listen, 0.5)];
  return [
    { what: 'raw LISTEN, p50', value: listen, unit: 'ms' },
    { what: 'raw LISTEN, p99', value: percentile(times.listen, 0.99), unit: 'ms' },
    { what: 'crossbar.publish to WebSocket, p50', value: event, unit: 'ms' },
    { what: 'crossbar.publish to WebSocket, p99', value: percentile(times.event, 0.99), unit: 'ms' },
    { what: 'crossbar.publish to WebSocket, p50 of LISTEN', value: event / listen, unit: '×', atMost: 2 },
  ];
}

async function subscribe(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, 'wamp.2.json');
  await once(socket, 'open');
  socket.send(JSON.stringify([1, 'realm1', { roles: { subscriber: {} } }]));
  await once(socket, 'message');
  socket.send(JSON.stringify([32, 1, {}, 'com.example.topic1']));
  await once(socket, 'message');
  return socket;
}

async function measure({ database, connection }: BenchDatabase, socket: WebSocket) {
  await using listener = await database.connect();
  await listener.query('LISTEN people');
  const times = { event: [] as number[], listen: [] as number[] };
  const payload = `jsonb_build_array(1, 'hello world')`;
  for (let sample = 0; sample < samples; sample += 1) {
    times.event.push(
      await time(once(socket, 'message'), () =>
        connection.query({ name: 'publish', text: `SELECT crossbar.publish('com.example.topic1', ${payload})` }),
      ),
    );
    times.listen.push(
      await time(once(listener, 'notification'), () =>
        connection.query({ name: 'notify', text: `SELECT pg_notify('people', ${payload}::text)` }),
      ),
    );
  }
  return { event: times.event.slice(samples / 10), listen: times.listen.slice(samples / 10) };
}

async function time(arrival: Promise<unknown>, send: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const sent = send();
  await arrival;
  const elapsed = performance.now() - start;
  await sent;
  return elapsed;
}
