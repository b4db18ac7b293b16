import { startProcess } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';

const [flood, subscriber, byHand, pipeline] = ['flood', 'subscriber', 'subscriber-by-hand', 'pipeline-load'].map(
  (name) => new URL(`../processes/${name}.ts`, import.meta.url).pathname,
) as [string, string, string, string];
const topic = 'com.example.topic1';
const rounds = 3;

/** The work of a handler: it only reads the event, or writes a row for it. */
const handlers = {
  look: { count: 50_000, body: '' },
  insert: { count: 20_000, body: 'INSERT INTO handled VALUES (number);' },
} as const;
type Handler = keyof typeof handlers;

/**
 * Events per second into a handler, in order, from a router in another process. Against the same events from the same router, which a session
 * in Node passes to a pipeline of node-postgres on one connection: three processes as well. And against such a pipeline alone, of two processes.
 * All end when the function has told that it has seen the last number.
 */
export async function throughput(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const handler of Object.keys(handlers) as Handler[]) {
    await using bench = await openBenchDatabase();
    await installDelivery(bench, 'wal');
    await createHandler(bench, handler);
    const [events, handled, calls]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round += 1) {
      events.push(await subscribed(bench, handler, subscriber));
      handled.push(await subscribed(bench, handler, byHand));
      calls.push(await pipelined(bench, handler));
    }
    const of = (control: readonly number[]) => median(events) / median(control);
    figures.push(
      { what: `${handler}: Subscriber`, value: median(events), unit: '/s' },
      { what: `${handler}: session in Node with such a pipeline`, value: median(handled), unit: '/s' },
      { what: `${handler}: pipeline of node-postgres alone`, value: median(calls), unit: '/s' },
      { what: `${handler}: Subscriber, of the session in Node`, value: of(handled), unit: '×', atLeast: 0.9 },
      { what: `${handler}: Subscriber, of the pipeline alone`, value: of(calls), unit: '×' },
    );
  }
  return figures;
}

async function createHandler({ connection }: BenchDatabase, handler: Handler): Promise<void> {
  const { body, count } = handlers[handler];
  await connection.query(
    `DROP ROLE IF EXISTS app; CREATE ROLE app; GRANT app TO crossbar;
     CREATE TABLE handled (number integer); GRANT INSERT ON handled TO app;
     CREATE FUNCTION handle(number integer, filler text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
       ${body}
       IF number = ${count} THEN PERFORM pg_notify('bench', 'last'); END IF;
     END $$;
     SELECT crossbar.subscribe('${topic}', 'handle(integer, text)', '{"run_as": "app"}')`,
  );
}

/** Calls back once the handler has seen the last number; per second of the time since it began. */
async function rate({ database }: BenchDatabase, count: number, begin: () => Promise<number>): Promise<number> {
  await using listener = await database.connect();
  await listener.query('LISTEN bench');
  const last = Promise.withResolvers<number>();
  listener.once('notification', () => last.resolve(Date.now()));
  const started = await begin();
  return (count / ((await last.promise) - started)) * 1000;
}

async function subscribed(bench: BenchDatabase, handler: Handler, receiver: string): Promise<number> {
  const { count } = handlers[handler];
  await using router = await startProcess(flood, { args: [JSON.stringify({ topic, count })] });
  const { url } = await router.waitFor((message) => 'url' in message);
  const options = JSON.stringify({ url, topic, database: databaseConfiguration(bench) });
  await using process = await startProcess(receiver, { args: [options] });
  return await rate(bench, count, async () => {
    await process.waitFor({ running: true });
    return (await router.waitFor((message) => 'started' in message)).started as number;
  });
}

async function pipelined(bench: BenchDatabase, handler: Handler): Promise<number> {
  const { count } = handlers[handler];
  const options = JSON.stringify({ database: databaseConfiguration(bench), count });
  await using stack = new AsyncDisposableStack();
  return await rate(bench, count, async () => {
    const process = stack.use(await startProcess(pipeline, { args: [options] }));
    return (await process.waitFor((message) => 'started' in message)).started as number;
  });
}
