// Handles events as one would by hand: a WAMP session in Node that passes each to the handler by a pipeline of node-postgres.
import { joinByWebSocket } from '@pgwamp/harness/fixtures/join';
import { Client } from 'pg';

const { url, database, topic } = JSON.parse(process.argv[2] ?? '{}');
const client = new Client({ ...database, pipeline: true });
await client.connect();
await client.query('SET ROLE app');
const session = await joinByWebSocket(url);
await session.subscribe(topic, ([number, filler]) => {
  void client.query({ name: 'handle', text: 'SELECT public.handle($1, $2)', values: [number, filler] });
});
console.log(JSON.stringify({ running: true }));
