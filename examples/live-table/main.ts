// A table of PostgreSQL that pages show as it changes, without a trigger.
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
  extra: {
    channels: ['table:public.stock'],
    tables: { 'public.stock': 'all' },
    receive: { function: 'public.stock_rows', role: 'visitor' },
  },
});
if (values.check) {
  process.exitCode = (await tour(example)) ? 0 : 1;
} else {
  console.log(`Open ${example.url}. Ctrl-C ends it.`);
  console.log(`From SQL: psql ${example.database}`);
  console.log(`  UPDATE stock SET price = price * 1.1 WHERE name = 'Pears';`);
  await asked;
}
