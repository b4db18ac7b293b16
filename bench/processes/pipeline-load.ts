// Calls the handler with the numbers from 1 on, in order, by a pipeline of node-postgres, 64 at a time.
import { Client } from 'pg';

const { database, count } = JSON.parse(process.argv[2] ?? '{}');
const client = new Client({ ...database, pipeline: true });
await client.connect();
await client.query('SET ROLE app');
const filler = 'x'.repeat(180);
let next = 1;

async function callOn(): Promise<void> {
  while (next <= count) {
    const number = next++;
    await client.query({ name: 'handle', text: 'SELECT public.handle($1, $2)', values: [number, filler] });
  }
}

console.log(JSON.stringify({ started: Date.now() }));
await Promise.all(Array.from({ length: 64 }, callOn));
await client.end();
