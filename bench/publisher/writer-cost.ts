import type { Connection } from '@pgwamp/harness';
import { type BenchDatabase, type Delivery, installDelivery, openBenchDatabase } from '../database.ts';
import { processorTime } from '../processor-time.ts';
import { type Figure, median } from '../report.ts';

const rounds = 9;
const seconds = 0.6;
/** Rows that each session inserts before a turn, because TRUNCATE and short pauses make it plan again. */
const unmeasuredRows = 10;
const sessionCounts = [1, 8, 32];

/** The work of a trigger with the same jsonb. */
const triggers = {
  none: '',
  drop: `PERFORM jsonb_build_array(NEW.id, NEW.name);`,
  publish: `PERFORM crossbar.publish('com.example.people', jsonb_build_array(NEW.id, NEW.name));`,
  notify: `PERFORM pg_notify('people', jsonb_build_array(NEW.id, NEW.name)::text);`,
  handmade: `INSERT INTO handmade_outbox (content) VALUES (jsonb_build_array(NEW.id, NEW.name)::text);`,
};
type Variant = keyof typeof triggers;

/**
 * Commits per second of sessions that insert row by row, each row a transaction. No Publisher runs: what is measured is the writers'
 * own cost. The variants take short turns in the same sessions. The processor time of a commit, in the clients and in their server
 * processes, is what remains comparable while others use the machine.
 *
 * The clients share the machine with the server, and what they cost hides differences. Where commits are serialised, which only
 * shows when the server is the limit, the sessions loop inside the server.
 */
export async function writerCost(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  const figures: Figure[] = [];
  await bench.connection.query(
    'CREATE TABLE handmade_outbox (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, content text)',
  );
  for (const delivery of ['wal', 'outbox'] as const) {
    await installDelivery(bench, delivery);
    for (const variant of Object.keys(triggers) as Variant[]) await createTable(bench, variant);
    for (const sessions of sessionCounts) figures.push(...(await compare(bench, delivery, sessions)));
    figures.push(await compareWithNotify(bench, delivery));
  }
  return figures;
}

async function createTable({ connection }: BenchDatabase, variant: Variant): Promise<void> {
  const table = `people_${variant}`;
  await connection.query(`DROP TABLE IF EXISTS ${table}; CREATE TABLE ${table} (id bigint, name text)`);
  await connection.query(
    `CREATE OR REPLACE PROCEDURE write_${table}(until timestamptz, INOUT commits bigint) LANGUAGE plpgsql AS $$
     BEGIN
       WHILE clock_timestamp() < until LOOP
         INSERT INTO ${table} VALUES (commits, 'Ada Lovelace');
         COMMIT;
         commits := commits + 1;
       END LOOP;
     END $$`,
  );
  if (variant === 'none') return;
  await connection.query(
    `CREATE OR REPLACE FUNCTION ${table}_changed() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN ${triggers[variant]} RETURN NEW; END $$;
     CREATE TRIGGER changed AFTER INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION ${table}_changed()`,
  );
}

async function compare(bench: BenchDatabase, delivery: Delivery, sessions: number): Promise<Figure[]> {
  const variants = [
    'none',
    'drop',
    'publish',
    'notify',
    ...(delivery === 'outbox' ? ['handmade' as const] : []),
  ] as const;
  const { rate, time } = await measure(bench, sessions, variants, write);
  const name = `${delivery}, ${sessions} session${sessions > 1 ? 's' : ''}`;
  // By outbox a publication is a row more.
  const atLeast = delivery === 'outbox' && sessions > 1 ? 0.8 : 0.9;
  return [
    { what: `${name}: INSERT alone`, value: rate('none'), unit: '/s' },
    { what: `${name}: with crossbar.publish`, value: rate('publish'), unit: '/s' },
    { what: `${name}: with pg_notify`, value: rate('notify'), unit: '/s' },
    {
      what: `${name}: of one that drops the jsonb`,
      value: rate('publish') / rate('drop'),
      unit: '×',
      atLeast,
    },
    {
      what: `${name}: of one that drops the jsonb, by processor time`,
      value: time('drop') / time('publish'),
      unit: '×',
      atLeast,
    },
    { what: `${name}: processor time of one that drops the jsonb`, value: time('drop'), unit: 'µs' },
    { what: `${name}: more with crossbar.publish`, value: time('publish') - time('drop'), unit: 'µs' },
    { what: `${name}: of INSERT alone`, value: rate('publish') / rate('none'), unit: '×', atLeast: 0.75 },
    { what: `${name}: of pg_notify`, value: rate('publish') / rate('notify'), unit: '×' },
    ...(delivery === 'outbox'
      ? [
          { what: `${name}: more with a table filled by hand`, value: time('handmade') - time('drop'), unit: 'µs' },
          { what: `${name}: of a table filled by hand`, value: rate('publish') / rate('handmade'), unit: '×' },
        ]
      : []),
  ];
}

async function compareWithNotify(bench: BenchDatabase, delivery: Delivery): Promise<Figure> {
  const { rate } = await measure(bench, 32, ['publish', 'notify'], writeInside);
  const what = `${delivery}, 32 sessions that loop inside the server: of pg_notify`;
  return { what, value: rate('publish') / rate('notify'), unit: '×', atLeast: 4 };
}

async function measure(
  bench: BenchDatabase,
  sessions: number,
  variants: readonly Variant[],
  turn: (connections: readonly Connection[], variant: Variant) => Promise<number>,
): Promise<Record<'rate' | 'time', (variant: Variant) => number>> {
  await using resources = new AsyncDisposableStack();
  const connections: Connection[] = [];
  while (connections.length < sessions) connections.push(resources.use(await bench.database.connect()));
  const pids = await Promise.all(
    connections.map(async (connection) => (await connection.query('SELECT pg_backend_pid() AS pid')).rows[0].pid),
  );
  // Clients and server share the processors, so both count.
  const processes = [process.pid, ...pids];
  const rates = new Map<Variant, { rate: number; time: number }[]>(variants.map((variant) => [variant, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [variant, measured] of rates) {
      await Promise.all(
        connections.map((connection) => insertRows(connection, variant, (row) => row < unmeasuredRows)),
      );
      const before = await processorTime(processes);
      const start = performance.now();
      const commits = await turn(connections, variant);
      const taken = (performance.now() - start) / 1000;
      measured.push({ rate: commits / taken, time: ((await processorTime(processes)) - before) / commits });
    }
    await bench.connection.query('TRUNCATE crossbar.outbox, handmade_outbox');
  }
  // In the first round every session still compiles its functions.
  const middle = (variant: Variant, figure: 'rate' | 'time') =>
    median(
      rates
        .get(variant)
        ?.map((measured) => measured[figure])
        .slice(1) ?? [],
    );
  return { rate: (variant) => middle(variant, 'rate'), time: (variant) => middle(variant, 'time') };
}

async function write(connections: readonly Connection[], variant: Variant): Promise<number> {
  const start = performance.now();
  const isTime = () => performance.now() - start < seconds * 1000;
  const rows = await Promise.all(connections.map((connection) => insertRows(connection, variant, isTime)));
  return rows.reduce((sum, count) => sum + count, 0);
}

/** Inserts rows, each in a transaction, and returns their number. */
async function insertRows(
  connection: Connection,
  variant: Variant,
  goesOn: (rows: number) => boolean,
): Promise<number> {
  const insert = { name: variant, text: `INSERT INTO people_${variant} VALUES ($1, 'Ada Lovelace')` };
  let rows = 0;
  for (; goesOn(rows); rows += 1) await connection.query({ ...insert, values: [rows] });
  return rows;
}

async function writeInside(connections: readonly Connection[], variant: Variant): Promise<number> {
  const until = new Date(Date.now() + seconds * 1000);
  const call = `CALL write_people_${variant}($1, 0)`;
  const results = await Promise.all(
    connections.map((connection) => connection.query<{ commits: string }>(call, [until])),
  );
  return results.reduce((sum, { rows }) => sum + Number(rows[0]?.commits), 0);
}
