import { EventEmitter, once } from 'node:events';
import { database as databaseSchema } from '@pgwamp/config';
import { pgoutput, ReplicationStream } from '@pgwamp/core/internal/postgres';
import { startProcess } from '@pgwamp/harness';
import { WebSocket } from 'ws';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, percentile } from '../report.ts';

const publisher = new URL('../processes/publish.ts', import.meta.url).pathname;
const samples = 2000;
/** Events before the measurement, so that the code of both ways is compiled. */
const warmUps = 20_000;
const perTransaction = 1000;
const payload = `jsonb_build_array(1, 'hello world')`;
const calls = {
  event: `crossbar.publish('com.example.topic1', ${payload})`,
  listen: `pg_notify('people', ${payload}::text)`,
};
type Way = keyof typeof calls;

/**
 * From sending the statement to receiving the event, one at a time: a subscriber over WebSocket, with router and Publisher in another
 * process, against a raw LISTEN, both in turn. The statement is an INSERT whose trigger publishes or notifies; and, for
 * comparison, the call alone, where NOTIFY has the advantage that its commit need not wait for the disk. Before the Publisher runs, the
 * same by a client that only looks for a message in the replication stream: nobody can receive an event earlier.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  for (const way of Object.keys(calls) as Way[]) await createTable(bench, way);
  const raw = await measureReplication(bench);
  const args = [JSON.stringify({ database: databaseConfiguration(bench), delivery: 'wal' })];
  await using process = await startProcess(publisher, { args });
  const { url } = await process.waitFor((message) => 'url' in message);
  const socket = await subscribe(url as string);
  await process.waitFor({ running: true });
  await warmUp(bench, socket);
  const inserts = await measure(bench, socket, insert);
  const bare = await measure(bench, socket, (way) => `SELECT ${calls[way]}`);
  socket.terminate();
  const rawRatio = percentile(raw.event, 0.5) / percentile(raw.listen, 0.5);
  return [
    { what: 'INSERT with trigger: raw replication stream, p50', value: percentile(raw.event, 0.5), unit: 'ms' },
    { what: 'INSERT with trigger: p50 of raw replication to that of LISTEN', value: rawRatio, unit: '×' },
    ...figures('INSERT with trigger', inserts, 1.15),
    ...figures('call alone', bare),
  ];
}

const insert = (way: Way) => `INSERT INTO people_${way} VALUES ('Ada Lovelace')`;

/** A reader of the log that decodes nothing: it only tells of logical messages. */
async function measureReplication(bench: BenchDatabase): Promise<Record<Way, number[]>> {
  const reader = new EventEmitter();
  const slot = 'latency';
  const reading = {
    slot,
    publications: ['crossbar'],
    options: { messages: 'true' },
    limit: 1024 * 1024,
    prepare: `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput', true)`,
  };
  const configuration = databaseSchema.parse(databaseConfiguration(bench));
  const stream = await ReplicationStream.start(configuration, 'bench', reading, {
    data: (buffer, offset) => void (buffer[offset] === pgoutput.message && reader.emit('message')),
    keepalive: () => undefined,
    flush: () => undefined,
    lost: (error) => reader.emit('error', error),
  });
  const times = await measure(bench, reader, insert);
  await stream.close();
  return times;
}

function figures(name: string, { event, listen }: Record<Way, number[]>, atMost?: number): Figure[] {
  return [
    { what: `${name}: raw LISTEN, p50`, value: percentile(listen, 0.5), unit: 'ms' },
    { what: `${name}: raw LISTEN, p99`, value: percentile(listen, 0.99), unit: 'ms' },
    { what: `${name}: crossbar.publish to WebSocket, p50`, value: percentile(event, 0.5), unit: 'ms' },
    { what: `${name}: crossbar.publish to WebSocket, p99`, value: percentile(event, 0.99), unit: 'ms' },
    {
      what: `${name}: p50 of crossbar.publish to that of LISTEN`,
      value: percentile(event, 0.5) / percentile(listen, 0.5),
      unit: '×',
      ...(atMost !== undefined && { atMost }),
    },
  ];
}

async function createTable({ connection }: BenchDatabase, way: Way): Promise<void> {
  await connection.query(
    `CREATE TABLE people_${way} (name text);
     CREATE FUNCTION people_${way}_changed() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM ${calls[way]}; RETURN NEW; END $$;
     CREATE TRIGGER changed AFTER INSERT ON people_${way} FOR EACH ROW EXECUTE FUNCTION people_${way}_changed()`,
  );
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

async function measure(
  { database, connection }: BenchDatabase,
  socket: EventEmitter,
  statement: (way: Way) => string,
): Promise<Record<Way, number[]>> {
  await using listener = await database.connect();
  await listener.query('LISTEN people');
  const times: Record<Way, number[]> = { event: [], listen: [] };
  for (let sample = 0; sample < samples; sample += 1) {
    const send = (way: Way) => () => connection.query({ name: statement(way).slice(0, 60), text: statement(way) });
    times.event.push(await time(once(socket, 'message'), send('event')));
    times.listen.push(await time(once(listener, 'notification'), send('listen')));
  }
  return { event: times.event.slice(samples / 10), listen: times.listen.slice(samples / 10) };
}

async function warmUp({ database, connection }: BenchDatabase, socket: EventEmitter): Promise<void> {
  await using listener = await database.connect();
  await listener.query('LISTEN people');
  const received = Promise.all([arrivals(socket, 'message'), arrivals(listener, 'notification')]);
  for (let first = 0; first < warmUps; first += perTransaction) {
    await connection.query(
      `SELECT count(crossbar.publish('com.example.topic1', jsonb_build_array(i))), count(pg_notify('people', i::text))
       FROM generate_series(1, ${perTransaction}) AS i`,
    );
  }
  await received;
}

function arrivals(emitter: EventEmitter, event: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  emitter.on(event, function counted() {
    count += 1;
    if (count < warmUps) return;
    emitter.off(event, counted);
    resolve();
  });
  return promise;
}

async function time(arrival: Promise<unknown>, send: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  const sent = send();
  await arrival;
  const elapsed = performance.now() - start;
  await sent;
  return elapsed;
}
