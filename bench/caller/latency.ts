import type { Connection } from '@pgwamp/harness';
import { processorTime } from '../processor-time.ts';
import { type Figure, median, percentile } from '../report.ts';
import { callFromNode } from './backends.ts';
import { connectBare, connectToWarmCaller, openCallerStage, procedure, warmUp } from './stage.ts';

const rounds = 15;
const count = 2000;

const call = `crossbar.call('${procedure}', '[2, 3]')`;

/** The request of that call, of as many bytes, and its answer, by dblink alone. */
const roundTrip = `(SELECT payload FROM crossbar_dblink.dblink('bare', '["call",' || (extract(epoch FROM clock_timestamp()) * 1e6)::bigint + n ||
  E',"${procedure}",{"timeout":30000},{"session_user":"postgres","role":"postgres","pid":10000,"forward_for":[{"authid":"postgres","authrole":"postgres"}]}]\\n[2, 3]\\n')
  AS answer (kind text, payload text, args text, kwargs text))`;

/** A sequential caller: how long a call takes in the middle, in microseconds, and the processor time in its processes. */
interface Calls {
  readonly backend: number;
  readonly link: number;
  readonly middle: number;
}

/**
 * The latency that SQL adds to sequential calls: the time of crossbar.call less that of a call by a WAMP session in
 * Node.js. Against a round trip of dblink to a link that answers immediately, whose two processes never sleep. A link by
 * hand, which only passes a call on to such a session, shows the parts: the statements of crossbar.call are the time of
 * crossbar.call over it, less that of dblink. The rest is the Caller, with time limits and the identity of the caller.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  const { processes } = stage;
  await using caller = await connectToWarmCaller(stage.caller);
  await using embedded = await connectToWarmCaller(stage.embedded);
  await using overHand = await connectToWarmCaller(stage.hand);
  await using bare = await connectBare(stage.bare);
  await using hand = await connectBare(stage.hand);
  await hand.query(`SELECT count(${roundTrip}) FROM generate_series(1, ${warmUp}) AS n`);
  const measure = {
    sql: () => measured(caller, processes.caller, call),
    near: () => measured(embedded, processes.embedded, call),
    hand: () => measured(hand, processes.hand, roundTrip),
    statements: () => measured(overHand, processes.hand, call),
    bare: () => measured(bare, processes.bare, roundTrip),
  };
  const names = Object.keys(measure) as (keyof typeof measure)[];
  const found = new Map<keyof typeof measure, Calls[]>(names.map((name) => [name, []]));
  const inNode: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) found.get(name)?.push(await measure[name]());
    inNode.push(percentile((await callFromNode(stage.router.url, 1)).latencies, 0.5) * 1000);
  }
  const middleOf = (name: keyof typeof measure, part: keyof Calls = 'middle') =>
    median((found.get(name) ?? []).map((calls) => calls[part]));
  const [sql, dblink, node] = [middleOf('sql'), middleOf('bare'), median(inNode)];
  const cost = (what: string, name: keyof typeof measure) => [
    { what: `${what}: processor time of the backend`, value: middleOf(name, 'backend'), unit: 'µs' },
    { what: `${what}: processor time of the link's process`, value: middleOf(name, 'link'), unit: 'µs' },
  ];
  return [
    { what: 'crossbar.call, p50', value: sql, unit: 'µs' },
    { what: 'crossbar.call, router in the process of the Caller, p50', value: middleOf('near'), unit: 'µs' },
    { what: 'crossbar.call over a link by hand, p50', value: middleOf('statements'), unit: 'µs' },
    { what: 'dblink to a link by hand, p50', value: middleOf('hand'), unit: 'µs' },
    { what: 'session in Node, p50', value: node, unit: 'µs' },
    { what: 'round trip of dblink to a link that answers at once, p50', value: dblink, unit: 'µs' },
    { what: 'what SQL adds', value: sql - node, unit: 'µs' },
    { what: 'what SQL adds, of that round trip', value: (sql - node) / dblink, unit: '×', atMost: 1.3 },
    { what: 'crossbar.call, of dblink to a link by hand', value: sql / middleOf('hand'), unit: '×', atMost: 1.3 },
    ...cost('crossbar.call', 'sql'),
    ...cost('dblink by hand', 'hand'),
    ...cost('round trip of dblink', 'bare'),
  ];
}

/** Each call, an expression of the row's number n, is timed where it is made. */
async function measured(connection: Connection, link: number, expression: string): Promise<Calls> {
  const backend = (await connection.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
  const [before, linkBefore] = [await processorTime([backend]), await processorTime([link])];
  const { rows } = await connection.query(`
    WITH timed AS (
      SELECT clock_timestamp() AS before, ${expression} AS result, clock_timestamp() AS after
      FROM generate_series(1, ${count}) AS n
    )
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM after - before)) * 1e6 AS middle FROM timed`);
  return {
    backend: ((await processorTime([backend])) - before) / count,
    link: ((await processorTime([link])) - linkBefore) / count,
    middle: Number(rows[0].middle),
  };
}
