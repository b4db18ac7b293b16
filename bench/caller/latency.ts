import type { Connection } from '@pgwamp/harness';
import { type Figure, median, percentile } from '../report.ts';
import { callFromNode } from './backends.ts';
import { connectWarm, openCallerStage, procedure } from './stage.ts';

const rounds = 5;

/** What SQL adds to a call, one at a time, against a WAMP session in Node; in milliseconds. */
export async function latency(): Promise<readonly Figure[]> {
  await using stage = await openCallerStage();
  await using connection = await connectWarm(stage.caller);
  const found: Record<'sql' | 'node', number[]> = { sql: [], node: [] };
  for (let round = 0; round < rounds; round += 1) {
    found.sql.push(await middleOfSql(connection));
    found.node.push(percentile((await callFromNode(stage.router.url, 1)).latencies, 0.5));
  }
  const [sql, node] = [median(found.sql) * 1000, median(found.node) * 1000];
  return [
    { what: 'crossbar.call, p50', value: sql, unit: 'µs' },
    { what: 'session in Node, p50', value: node, unit: 'µs' },
    { what: 'what SQL adds', value: sql - node, unit: 'µs', atMost: 100 },
  ];
}

/** Each call is timed where it is made. */
async function middleOfSql(connection: Connection): Promise<number> {
  const { rows } = await connection.query(`
    WITH timed AS (
      SELECT clock_timestamp() AS before, crossbar.call('${procedure}', '[2, 3]') AS result, clock_timestamp() AS after
      FROM generate_series(1, 5000)
    )
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM after - before)) * 1000 AS middle FROM timed`);
  return Number(rows[0].middle);
}
