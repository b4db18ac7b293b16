// Calls the function that adds by a pool of node-postgres, so many at a time, for a second.
import { Pool } from 'pg';
import { add, addInTransaction } from '../callee/by-hand.ts';

const { database, inFlight, statements } = JSON.parse(process.argv[2] ?? '{}');
const pool = new Pool({ ...database, max: 8 });
const call = statements === 'transaction' ? addInTransaction : add;
const latencies: number[] = [];

async function callUntil(end: number): Promise<number> {
  let answered = 0;
  for (let now = performance.now(); now < end; answered += 1) {
    const sum = await call(pool, 1, 2);
    if (sum !== 3) throw new Error(`expected 3, found ${sum}`);
    const then = performance.now();
    if (inFlight === 1) latencies.push(then - now);
    now = then;
  }
  return answered;
}

const start = performance.now();
const answered = await Promise.all(Array.from({ length: inFlight }, () => callUntil(start + 1000)));
const perSecond = (answered.reduce((sum, count) => sum + count, 0) / (performance.now() - start)) * 1000;
console.log(JSON.stringify({ done: true, perSecond, latencies }));
await pool.end();
