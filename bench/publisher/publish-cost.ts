import { installDelivery, openBenchDatabase } from '../database.ts';
import type { Figure } from '../report.ts';

const rounds = 15;
const calls = 40_000;

const controls = {
  bare: `pg_logical_emit_message(true, 'crossbar', 'com.example.topic1\n\n[1, "hello world"]\n{"id": 1}')`,
  publish: `crossbar.publish('com.example.topic1', '[1, "hello world"]', '{"id": 1}')`,
};

/**
 * The cost of one crossbar.publish within a transaction, compared with a bare pg_logical_emit_message. It is the
 * fastest of several rounds of each, in turn, since other load on the machine only adds time.
 */
export async function publishCost(): Promise<readonly Figure[]> {
  await using bench = await openBenchDatabase();
  await installDelivery(bench, 'wal');
  const best = { bare: Number.POSITIVE_INFINITY, publish: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['bare', 'publish'] as const) {
      const start = performance.now();
      await bench.connection.query(`SELECT count(${controls[name]}) FROM generate_series(1, ${calls})`);
      best[name] = Math.min(best[name], ((performance.now() - start) * 1000) / calls);
    }
  }
  return [
    { what: 'pg_logical_emit_message', value: best.bare, unit: 'µs' },
    { what: 'crossbar.publish (wal)', value: best.publish, unit: 'µs' },
    { what: 'crossbar.publish (wal), more than bare', value: best.publish - best.bare, unit: 'µs', atMost: 4 },
  ];
}
