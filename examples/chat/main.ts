// A chat: two pages, a table and a function in PostgreSQL, and a Gateway between them.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startGatewayExample } from '../gateway.ts';
import { tour } from './tour.ts';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } },
});

const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

await using example = await startGatewayExample({
  folder: new URL('.', import.meta.url),
  port: Number(values.port),
  extra: { channels: ['room:*'], receive: { function: 'chat.receive', role: 'chatter' } },
});
if (values.check) {
  process.exitCode = (await tour(example)) ? 0 : 1;
} else {
  console.log(`Open ${example.url} in two windows. Ctrl-C ends it.`);
  console.log(`From SQL: psql ${example.database}`);
  console.log(`  INSERT INTO chat.message (room, author, body) VALUES ('lobby', 'psql', 'Hello from SQL');`);
  await asked;
}
