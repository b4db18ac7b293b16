// Calls the function that adds by a pool of node-postgres, so many at a time, for a second after each SIGUSR2. It stays between
// the seconds, as the callees do: a process that has just started, and has to connect first, makes half as many calls.
import { Pool } from 'pg';
import { add, addInTransaction } from '../callee/by-hand.ts';

const { database, inFlight, statements } = JSON.parse(process.argv[2] ?? '{}');
const pool = new Pool({ ...database, max: 8, application_name: 'pool', idleTimeoutMillis: 0 });
const call = statements === 'transaction' ? addInTransaction : add;
let round = 0;

async function callForASecond(): Promise<void> {
  const latencies: number[] = [];
  const start = performance.now();
  const callUntilTheEnd = async () => {
    let count = 0;
    for (let now = start; now < start + 1000; count += 1) {
      const sum = await call(pool, 1, 2);
      if (sum !== 3) throw new Error(`expected 3, found ${sum}`);
      const then = performance.now();
      if (inFlight === 1) latencies.push(then - now);
      now = then;
    }
    return count;
  };
  const counts = await Promise.all(Array.from({ length: inFlight }, callUntilTheEnd));
  const answered = counts.reduce((sum, count) => sum + count, 0);
  const perSecond = (answered / (performance.now() - start)) * 1000;
  round += 1;
  console.log(JSON.stringify({ round, perSecond, latencies, answered }));
}

process.on('SIGUSR2', () => void callForASecond());
// An open connection keeps the process running.
await call(pool, 1, 2);
console.log(JSON.stringify({ running: true }));
