import { readFile } from 'node:fs/promises';
import { type Connection, type RunningProcess, startProcess, type TestDatabase } from '@pgwamp/harness';
import { type BenchDatabase, databaseConfiguration, installDelivery, openBenchDatabase } from '../database.ts';
import { type Subject, startControl, startSubject } from '../router/subject.ts';

const callerProcess = new URL('../processes/caller.ts', import.meta.url).pathname;
const calleeProcess = new URL('../processes/callee.ts', import.meta.url).pathname;

/** What is called: a callee without a database adds two numbers. */
export const procedure = 'com.example.add.echo';

/** A router with an HTTP bridge and a callee, and two databases: one with a Caller, one with a link that answers by itself. */
export interface CallerStage extends AsyncDisposable {
  readonly router: Subject;
  readonly caller: BenchDatabase;
  readonly bare: BenchDatabase;
}

export async function openCallerStage(): Promise<CallerStage> {
  await using stack = new AsyncDisposableStack();
  const caller = stack.use(await openBenchDatabase());
  const bare = await anotherDatabase(caller, stack);
  const router = stack.use(await startSubject({ bridge: true }));
  const { url } = router;
  stack.use(await startCallee(router));
  for (const [link, bench] of Object.entries({ caller, bare })) {
    await installDelivery(bench, 'outbox');
    stack.use(await started(callerProcess, { link, url, database: databaseConfiguration(bench) }));
  }
  const resources = stack.move();
  return { router, caller, bare, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** Crossbar.io with such a callee. */
export async function openControl(): Promise<Subject> {
  await using stack = new AsyncDisposableStack();
  const control = stack.use(await startControl());
  stack.use(await startCallee(control));
  const resources = stack.move();
  return { ...control, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function startCallee({ url }: Subject): Promise<RunningProcess> {
  return started(calleeProcess, { offer: 'echo', procedure, url });
}

/** A backend that has called before: its connection to the link is there. */
export async function connectWarm({ database }: BenchDatabase): Promise<Connection> {
  const connection = await database.connect();
  await connection.query(`SELECT crossbar.call('${procedure}', '[2, 3]')`);
  return connection;
}

async function anotherDatabase({ server }: BenchDatabase, stack: AsyncDisposableStack): Promise<BenchDatabase> {
  const database: TestDatabase = stack.use(await server.createDatabase());
  const connection = stack.use(await database.connect());
  await connection.query(await readFile(new URL('../../sql/setup.sql', import.meta.url), 'utf8'));
  return { server, database, connection, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

async function started(path: string, options: object): Promise<RunningProcess> {
  const process = await startProcess(path, { args: [JSON.stringify(options)] });
  await process.waitFor({ running: true });
  return process;
}
