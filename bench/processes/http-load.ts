// Calls the procedure that adds by the HTTP bridge of a router, one call after the other over a connection that is kept.
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const { bridge, procedure, count } = JSON.parse(process.argv[2] ?? '{}');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const body = JSON.stringify({ procedure, args: [2, 3] });
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };

async function call(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const sent = request(bridge, { method: 'POST', agent, headers }, (response) => text(response).then(resolve, reject));
  sent.on('error', reject).end(body);
  const answer = JSON.parse(await promise);
  if (answer.args?.[0] !== 5) throw new Error(`expected 5, found ${JSON.stringify(answer)}`);
}

await call();
const start = performance.now();
for (let made = 0; made < count; made += 1) await call();
const perSecond = (count / (performance.now() - start)) * 1000;
console.log(JSON.stringify({ done: true, perSecond, latencies: [] }));
agent.destroy();
