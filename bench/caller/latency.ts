import type { Connection } from '@pgwamp/harness';
import { type Figure, median, percentile } from '../report.ts';
import { callFromNode } from './backends.ts';
import { connectWarm, openCallerStage, procedure } from './stage.ts';

const rounds = 5;

/** What SQL adds to a call, one at a time, against a WAMP session in Node. */
export async function latency(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using caller = await connectWarm(stage.caller);
  await using embedded = await connectWarm(stage.embedded);
  const found: Record<'sql' | 'near' | 'node', number[]> = { sql: [], near: [], node: [] };
  for (let round = 0; round < rounds; round += 1) {
    found.sql.push(await middleOfSql(caller));
    found.near.push(await middleOfSql(embedded));
    found.node.push(percentile((await callFromNode(stage.router.url, 1)).latencies, 0.5) * 1000);
  }
  const [sql, near, node] = [median(found.sql), median(found.near), median(found.node)];
  return [
    { what: 'crossbar.call, p50', value: sql, unit: 'µs' },
    { what: 'crossbar.call, router in the process of the Caller, p50', value: near, unit: 'µs' },
    { what: 'session in Node, p50', value: node, unit: 'µs' },
    { what: 'what SQL adds', value: sql - node, unit: 'µs', atMost: 100 },
    { what: 'what SQL adds, router in the process of the Caller', value: near - node, unit: 'µs', atMost: 100 },
  ];
}

/** In microseconds; each call is timed where it is made. */
async function middleOfSql(connection: Connection): Promise<number> {
  const { rows } = await connection.query(`
    WITH timed AS (
      SELECT clock_timestamp() AS before, crossbar.call('${procedure}', '[2, 3]') AS result, clock_timestamp() AS after
      FROM generate_series(1, 5000)
    )
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM after - before)) * 1e6 AS middle FROM timed`);
  return Number(rows[0].middle);
}
