import { startProcess } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Subject, startSubject } from '../router/subject.ts';

const calleeProcess = new URL('../processes/callee.ts', import.meta.url).pathname;

/**
 * The callees of `com.example.add`: the Callee; a handwritten callee over a pool, with statements as node-postgres documents them
 * for transactions, or with prepared ones; one that sends a bare query; or one without a database.
 */
export type Offer = 'callee' | 'by-hand' | 'by-hand-prepared' | 'bare-query' | 'echo';

/** The procedure as each of them offers it. */
export const procedureOf = (offer: Offer) => `com.example.add.${offer}`;

/** A router, a database with a function, and all who offer it, each in a process of its own. */
export interface CalleeStage extends AsyncDisposable {
  readonly bench: BenchDatabase;
  readonly router: Subject;
  /** The process ids of those who offer it. */
  readonly processes: ReadonlyMap<Offer, number>;
}

export async function openCalleeStage(offers: readonly Offer[]): Promise<CalleeStage> {
  await using stack = new AsyncDisposableStack();
  const bench = stack.use(await openBenchDatabase());
  await installDelivery(bench, 'wal');
  await bench.connection.query(schema);
  const router = stack.use(await startSubject());
  const processes = new Map<Offer, number>();
  for (const offer of offers) {
    const options = { offer, procedure: procedureOf(offer), url: router.url, database: databaseConfiguration(bench) };
    const process = stack.use(await startProcess(calleeProcess, { args: [JSON.stringify(options)] }));
    await process.waitFor({ running: true });
    processes.set(offer, process.pid);
  }
  const resources = stack.move();
  return { bench, router, processes, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

const schema = `
  CREATE ROLE app;
  GRANT app TO crossbar;
  CREATE FUNCTION public.add(a integer, b integer) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN a + b; END';
  SELECT crossbar.register('${procedureOf('callee')}', 'public.add(integer, integer)', '{"run_as": "app"}');`;
