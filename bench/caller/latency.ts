import type { Connection } from '@pgwamp/harness';
import { type Figure, median, percentile } from '../report.ts';
import { callFromNode } from './backends.ts';
import { connectBare, connectWarm, openCallerStage, procedure } from './stage.ts';

const rounds = 7;

const call = `crossbar.call('${procedure}', '[2, 3]')`;

/** The request of that call, of as many bytes, and its answer, by dblink alone. */
const bareRequest = `crossbar_dblink.dblink('bare', '["call",' || 1e15::bigint + n ||
  ',"${procedure}",[2, 3],null,{"timeout":30000},{"session_user":"postgres","role":"postgres","pid":10000,"forward_for":[{"authid":"postgres","authrole":"postgres"}]}]')
  AS answer (kind text, payload text, args text, kwargs text)`;

/**
 * The latency that SQL adds to sequential calls, against a WAMP session in Node.js, and against a round trip of dblink
 * to a link that answers immediately.
 */
export async function latency(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using caller = await connectWarm(stage.caller);
  await using embedded = await connectWarm(stage.embedded);
  await using bare = await connectBare(stage.bare);
  const found: Record<'sql' | 'near' | 'node' | 'bare', number[]> = { sql: [], near: [], node: [], bare: [] };
  for (let round = 0; round < rounds; round += 1) {
    found.sql.push(await middleOf(caller, call));
    found.bare.push(await middleOf(bare, `(SELECT payload FROM ${bareRequest})`));
    found.near.push(await middleOf(embedded, call));
    found.node.push(percentile((await callFromNode(stage.router.url, 1)).latencies, 0.5) * 1000);
  }
  const [sql, near, node, dblink] = [found.sql, found.near, found.node, found.bare].map(median) as [
    number,
    number,
    number,
    number,
  ];
  return [
    { what: 'crossbar.call, p50', value: sql, unit: 'µs' },
    { what: 'crossbar.call, router in the process of the Caller, p50', value: near, unit: 'µs' },
    { what: 'session in Node, p50', value: node, unit: 'µs' },
    { what: 'round trip of dblink to a link that answers at once, p50', value: dblink, unit: 'µs' },
    { what: 'what SQL adds', value: sql - node, unit: 'µs' },
    { what: 'what SQL adds, of that round trip', value: (sql - node) / dblink, unit: '×', atMost: 1.3 },
    { what: 'the same, router in the process of the Caller', value: (near - node) / dblink, unit: '×', atMost: 1.3 },
  ];
}

/** In microseconds; each call, an expression of the row's number n, is timed where it is made. */
async function middleOf(connection: Connection, expression: string): Promise<number> {
  const { rows } = await connection.query(`
    WITH timed AS (
      SELECT clock_timestamp() AS before, ${expression} AS result, clock_timestamp() AS after
      FROM generate_series(1, 2000) AS n
    )
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM after - before)) * 1e6 AS middle FROM timed`);
  return Number(rows[0].middle);
}
