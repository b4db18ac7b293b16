import { type RunningProcess, startProcess } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';
import { gatewayExtra, nodeSubject, startLoad } from './subjects.ts';

const count = 100_000;
const rounds = 3;
const publication = 'pgwamp_gateway';

/**
 * Rows of 200 bytes, from the commit of 100,000 of them to one socket in another process: all of them, and by row level security. Against a
 * process that only reads and decodes them.
 */
export async function rows(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  await bench.connection.query(
    `CREATE SEQUENCE ids CACHE 1000;
     CREATE TABLE stock (id bigint PRIMARY KEY, name text, price numeric, changed timestamptz DEFAULT now(), filler text);
     CREATE TABLE secured (LIKE stock INCLUDING ALL);
     ALTER TABLE secured ENABLE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
     CREATE ROLE reader; GRANT reader TO crossbar; GRANT SELECT ON secured TO reader;
     CREATE POLICY cheap ON secured FOR SELECT TO reader USING (price < 1000000);
     CREATE PUBLICATION ${publication} FOR ALL TABLES`,
  );
  const times = new Map<string, { rates: number[]; processor: number[] }>();
  const note = (name: string, rate: number, processor = 0) => {
    const known = times.get(name) ?? { rates: [], processor: [] };
    times.set(name, { rates: [...known.rates, rate], processor: [...known.processor, processor] });
  };
  for (let round = 0; round < rounds; round += 1) {
    {
      await using reading = await startReading(bench);
      note('read and decoded only', await rateOf(bench, 'stock', reading));
    }
    for (const [table, name] of Object.entries({ stock: 'all rows', secured: 'rows by row level security' })) {
      const extra = {
        ...gatewayExtra(bench),
        database: databaseConfiguration(bench),
        tables: { 'public.stock': 'all', 'public.secured': 'security' },
        auth: { type: 'none', role: 'reader' },
      };
      await using subject = await nodeSubject('pgwamp', 'gateway', extra);
      const path = `/listen/table:public.${table}`;
      await using load = await startLoad(subject, { sockets: 1, frames: count, path });
      const before = await subject.processorTime();
      const rate = await rateOf(bench, table, load);
      note(name, rate, ((await subject.processorTime()) - before) / (count / 1000));
    }
  }
  const rate = (name: string) => median(times.get(name)?.rates ?? []);
  const processor = (name: string) => median(times.get(name)?.processor ?? []);
  return [
    { what: 'read and decoded only', value: rate('read and decoded only'), unit: '/s' },
    { what: 'all rows, to one socket', value: rate('all rows'), unit: '/s', atLeast: 50_000 },
    { what: 'processor time of the Gateway for a row', value: processor('all rows'), unit: 'µs' },
    { what: 'rows by row level security, to one socket', value: rate('rows by row level security'), unit: '/s' },
    { what: 'processor time of the Gateway for a row', value: processor('rows by row level security'), unit: 'µs' },
  ];
}

async function startReading(bench: BenchDatabase): Promise<RunningProcess> {
  const argument = { database: databaseConfiguration(bench), slot: 'bench_rows', publication, count };
  const file = new URL('../processes/gateway-rows.ts', import.meta.url).pathname;
  const running = await startProcess(file, { args: [JSON.stringify(argument)] });
  await running.waitFor({ open: 1 });
  return running;
}

/** PostgreSQL decodes a transaction when it has ended. To write the rows takes longer than to read them, and is not what is measured. */
async function rateOf({ connection }: BenchDatabase, table: string, receiver: RunningProcess): Promise<number> {
  await connection.query('BEGIN');
  await connection.query(
    `INSERT INTO ${table} (id, name, price, filler) SELECT nextval('ids'), 'item ' || i, i / 100.0, $1 FROM generate_series(1, $2::int) AS i`,
    ['x'.repeat(120), count],
  );
  const start = performance.timeOrigin + performance.now();
  await connection.query('COMMIT');
  const { at } = await receiver.waitFor((message) => 'at' in message, 120_000);
  return (count / ((at as number) - start)) * 1000;
}
