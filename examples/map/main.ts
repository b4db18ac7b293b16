// Boats on a map, which PostgreSQL moves and watches.
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
  extra: { channels: ['boats'], receive: { function: 'harbour.receive', role: 'sailor' } },
});
if (values.check) {
  process.exitCode = (await tour(example)) ? 0 : 1;
} else {
  console.log(`Open ${example.url}. Ctrl-C ends it.`);
  console.log(`From SQL: psql ${example.database}`);
  console.log(`  UPDATE harbour.boat SET position = '(25,18)' WHERE name = 'Pelican';`);
  const sail = setInterval(() => void example.sql.query('SELECT harbour.sail()'), 500);
  await asked;
  clearInterval(sail);
}
