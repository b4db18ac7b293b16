import type { Connection } from '@pgwamp/harness';
import { type BenchDatabase, type Delivery, installDelivery, openBenchDatabase } from '../database.ts';
import { type Figure, median } from '../report.ts';

const rounds = 9;
const seconds = 0.6;
const sessionCounts = [1, 8, 32];

/** What a trigger does with the same jsonb. */
const triggers = {
  none: '',
  drop: `PERFORM jsonb_build_array(NEW.id, NEW.name);`,
  publish: `PERFORM crossbar.publish('com.example.people', jsonb_build_array(NEW.id, NEW.name));`,
  notify: `PERFORM pg_notify('people', jsonb_build_array(NEW.id, NEW.name)::text);`,
};
type Variant = keyof typeof triggers;

/**
 * Commits per second of sessions that insert row by row, each row a transaction. No Publisher runs: what is measured is the writers'
 * own cost. The variants take short turns in the same sessions.
 */
export async function writerCost(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const figures: Figure[] = [];
  for (const delivery of ['wal', 'outbox'] as const) {
    await installDelivery(bench, delivery);
    for (const variant of Object.keys(triggers) as Variant[]) await createTable(bench, variant);
    for (const sessions of sessionCounts) figures.push(...(await compare(bench, delivery, sessions)));
  }
  return figures;
}

async function createTable({ connection }: BenchDatabase, variant: Variant): Promise<void> {
  const table = `people_${variant}`;
  await connection.query(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id bigint, name text)`);
  if (variant === 'none') return;
  await connection.query(
    `CREATE OR REPLACE FUNCTION ${table}_changed() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN ${triggers[variant]} RETURN NEW; END $$;
     CREATE TRIGGER changed AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_changed()`,
  );
}

async function compare(bench: BenchDatabase, delivery: Delivery, sessions: number): Promise<Figure[]> {
  await using resources = new AsyncDisposableStack();
  const connections: Connection[] = [];
  while (connections.length < sessions) connections.push(resources.use(await bench.database.connect()));
  const rates: Record<Variant, number[]> = { none: [], drop: [], publish: [], notify: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const variant of Object.keys(rates) as Variant[]) rates[variant].push(await write(connections, variant));
    await bench.connection.query('TRUNCATE crossbar.outbox');
  }
  // In the first round every session still compiles its functions.
  const rate = (variant: Variant) => median(rates[variant].slice(1));
  const name = `${delivery}, ${sessions} session${sessions > 1 ? 's' : ''}`;
  return [
    { what: `${name}: INSERT alone`, value: rate('none'), unit: '/s' },
    { what: `${name}: with crossbar.publish`, value: rate('publish'), unit: '/s' },
    { what: `${name}: with pg_notify`, value: rate('notify'), unit: '/s' },
    { what: `${name}: of one that drops the jsonb`, value: rate('publish') / rate('drop'), unit: '×', atLeast: 0.9 },
    { what: `${name}: of INSERT alone`, value: rate('publish') / rate('none'), unit: '×', atLeast: 0.75 },
    {
      what: `${name}: of pg_notify`,
      value: rate('publish') / rate('notify'),
      unit: '×',
      ...(sessions === 32 && { atLeast: 4 }),
    },
  ];
}

async function write(connections: readonly Connection[], variant: Variant): Promise<number> {
  const insert = { name: variant, text: `INSERT INTO people_${variant} VALUES ($1, 'Ada Lovelace')` };
  const start = performance.now();
  const end = start + seconds * 1000;
  let commits = 0;
  const insertRows = async (connection: Connection) => {
    for (; performance.now() < end; commits += 1) await connection.query({ ...insert, values: [commits] });
  };
  await Promise.all(connections.map(insertRows));
  return (commits / (performance.now() - start)) * 1000;
}
