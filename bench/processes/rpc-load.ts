// Calls the procedure that adds with a WAMP session in Node, so many calls at a time, for a second.
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';

const { url, procedure, inFlight } = JSON.parse(process.argv[2] ?? '{}');
await using session = await joinByWebSocket(url);
const latencies: number[] = [];

async function callUntil(end: number): Promise<number> {
  let answered = 0;
  for (let now = performance.now(); now < end; answered += 1) {
    const { args } = await session.call(procedure, [2, 3]);
    if (args[0] !== 5) throw new Error(`expected 5, found ${args[0]}`);
    const then = performance.now();
    if (inFlight === 1) latencies.push(then - now);
    now = then;
  }
  return answered;
}

await callUntil(performance.now() + 500);
latencies.length = 0;
const start = performance.now();
const answered = await Promise.all(Array.from({ length: inFlight }, () => callUntil(start + 1000)));
const perSecond = (answered.reduce((sum, count) => sum + count, 0) / (performance.now() - start)) * 1000;
console.log(JSON.stringify({ done: true, perSecond, latencies }));
