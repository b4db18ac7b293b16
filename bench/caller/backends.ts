import { startProcess } from '@pgwamp/harness';
import type { BenchDatabase } from '../database.ts';
import type { Figure } from '../report.ts';
import type { Answered } from '../router/load/requests.ts';
import { inTurn } from '../router/rounds.ts';
import { type CallerStage, connectWarm, openCallerStage, procedure } from './stage.ts';

const rpcProcess = new URL('../processes/rpc-load.ts', import.meta.url).pathname;

/** Calls per second of so many backends at once, against a WAMP session in Node with as many calls in flight. */
export async function backends(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  const found = await inTurn({
    sql1: fromSql(stage.caller, 1),
    embedded1: fromSql(stage.embedded, 1),
    node1: fromNode(stage, 1),
    sql8: fromSql(stage.caller, 8),
    embedded8: fromSql(stage.embedded, 8),
    node8: fromNode(stage, 8),
    sql32: fromSql(stage.caller, 32),
    embedded32: fromSql(stage.embedded, 32),
    node32: fromNode(stage, 32),
  });
  return ([1, 8, 32] as const).flatMap((number) => {
    const [sql, embedded, node] = [found[`sql${number}`], found[`embedded${number}`], found[`node${number}`]];
    return [
      { what: `${number} at once: SQL`, value: sql, unit: '/s' },
      { what: `${number} at once: SQL, router in the process`, value: embedded, unit: '/s' },
      { what: `${number} at once: session in Node`, value: node, unit: '/s' },
      { what: `${number} at once: SQL, of Node`, value: sql / node, unit: '×', atLeast: 0.6 },
      {
        what: `${number} at once: SQL, router in the process, of Node`,
        value: embedded / node,
        unit: '×',
        atLeast: 0.6,
      },
    ];
  });
}

/** Makes calls for a second, one after the other, in one statement. */
const forASecond = `DO $$ DECLARE
  done CONSTANT timestamptz := clock_timestamp() + interval '1 second';
BEGIN
  WHILE clock_timestamp() < done LOOP
    PERFORM crossbar.call('${procedure}', '[2, 3]') FROM generate_series(1, 20);
    PERFORM set_config('bench.calls', (current_setting('bench.calls')::int + 20)::text, false);
  END LOOP;
END $$`;

function fromSql(bench: BenchDatabase, number: number): () => Promise<Answered> {
  return async () => {
    await using stack = new AsyncDisposableStack();
    const connections = await Promise.all(Array.from({ length: number }, () => connectWarm(bench)));
    for (const connection of connections) stack.use(connection);
    await Promise.all(connections.map((connection) => connection.query(`SET bench.calls = '0'`)));
    const start = performance.now();
    await Promise.all(connections.map((connection) => connection.query(forASecond)));
    const elapsed = performance.now() - start;
    const made = await Promise.all(
      connections.map((connection) => connection.query(`SELECT current_setting('bench.calls')::int AS calls`)),
    );
    const sum = made.reduce((total, { rows }) => total + rows[0].calls, 0);
    return { perSecond: (sum / elapsed) * 1000, latencies: [] };
  };
}

function fromNode({ router }: CallerStage, inFlight: number): () => Promise<Answered> {
  return () => callFromNode(router.url, inFlight);
}

/** Makes calls for a second with a session in a process of its own. */
export async function callFromNode(url: string, inFlight: number): Promise<Answered> {
  await using process = await startProcess(rpcProcess, { args: [JSON.stringify({ url, procedure, inFlight })] });
  return (await process.waitFor({ done: true })) as unknown as Answered;
}
