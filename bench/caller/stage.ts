import { readFile } from 'node:fs/promises';
import { type Connection, startProcess, type TestDatabase } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Subject, startControl, startSubject } from '../router/subject.ts';

const callerProcess = new URL('../processes/caller.ts', import.meta.url).pathname;
const calleeProcess = new URL('../processes/callee.ts', import.meta.url).pathname;

/** The called procedure: a callee without a database adds two numbers. */
export const procedure = 'com.example.add.echo';

/** A router with an HTTP bridge and a callee, and four databases. */
export interface CallerStage extends AsyncDisposable {
  readonly router: Subject;
  /** Its Caller is a client of the router, each in a process of its own. */
  readonly caller: BenchDatabase;
  /** Its Caller is in the process of a router of its own, which has such a callee. */
  readonly embedded: BenchDatabase;
  /** Its link only passes calls on to a WAMP session in Node, which is a client of the router. */
  readonly hand: BenchDatabase;
  /** Its link answers every call at once, without WAMP. */
  readonly bare: BenchDatabase;
  /** The process ids of the links. */
  readonly processes: Readonly<Record<'caller' | 'embedded' | 'hand' | 'bare', number>>;
}

export async function openCallerStage(): Promise<CallerStage> {
  await using stack = new AsyncDisposableStack();
  const caller = stack.use(await openBenchDatabase());
  const embedded = await anotherDatabase(caller, stack);
  const hand = await anotherDatabase(caller, stack);
  const bare = await anotherDatabase(caller, stack);
  const router = stack.use(await startSubject({ bridge: true }));
  stack.use(await startCallee(router));
  const databases = { caller, embedded, hand, bare };
  const processes = { caller: 0, embedded: 0, hand: 0, bare: 0 };
  for (const link of ['caller', 'embedded', 'hand', 'bare'] as const) {
    const bench = databases[link];
    await installDelivery(bench, 'outbox');
    const options = { link, url: router.url, database: databaseConfiguration(bench) };
    const process = stack.use(await started(callerProcess, options));
    if (link === 'embedded') stack.use(await startCallee(process));
    processes[link] = process.pid;
  }
  const resources = stack.move();
  return { router, ...databases, processes, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** Crossbar.io with such a callee. */
export async function openControl(): Promise<Subject> {
  await using stack = new AsyncDisposableStack();
  const control = stack.use(await startControl());
  stack.use(await startCallee(control));
  const resources = stack.move();
  return { ...control, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function startCallee({ url }: Pick<Subject, 'url'>) {
  return started(calleeProcess, { offer: 'echo', procedure, url });
}

/** Calls after which V8 has optimized the code of a link. */
export const warmUp = 10_000;

/** A backend that has called before: its connection to the link is there. */
export async function connectWarm({ database }: BenchDatabase, count = 1): Promise<Connection> {
  const connection = await database.connect();
  await connection.query(`SELECT count(crossbar.call('${procedure}', '[2, 3]')) FROM generate_series(1, $1::int)`, [
    count,
  ]);
  return connection;
}

/** A backend whose Caller is warm as well, like one that has run for a while. */
export function connectToWarmCaller(bench: BenchDatabase): Promise<Connection> {
  return connectWarm(bench, warmUp);
}

/** A backend with a connection of dblink, named `bare`, to a link. */
export async function connectBare({ database, connection: superuser }: BenchDatabase): Promise<Connection> {
  const connection = await database.connect();
  const { rows } = await superuser.query(
    'SELECT crossbar._connection_string(link) AS target FROM crossbar._link AS link',
  );
  await connection.query(`SELECT crossbar_dblink.dblink_connect('bare', $1)`, [rows[0].target]);
  return connection;
}

async function anotherDatabase({ server }: BenchDatabase, stack: AsyncDisposableStack): Promise<BenchDatabase> {
  const database: TestDatabase = stack.use(await server.createDatabase());
  const connection = stack.use(await database.connect());
  await connection.query(await readFile(new URL('../../sql/setup.sql', import.meta.url), 'utf8'));
  return { server, database, connection, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

async function started(path: string, options: object) {
  const process = await startProcess(path, { args: [JSON.stringify(options)] });
  const { url } = await process.waitFor({ running: true });
  return { url: url as string, pid: process.pid, [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() };
}
