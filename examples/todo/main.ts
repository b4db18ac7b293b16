// Shared to-do lists: a page, PostgreSQL, and no application server. Everything that this file starts is configuration.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startStack } from './stack.ts';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } },
});

// Listened for from the beginning: whoever ends the example while it starts gets it ended in good order too.
const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

await using stack = await startStack(Number(values.port));
if (values.check) {
  const { tour } = await import('./tour.ts');
  process.exitCode = (await tour(stack)) ? 0 : 1;
} else {
  console.log(`Open ${stack.url} in two windows, one of them private, as ada and as grace. Ctrl-C ends it.`);
  console.log(`Change something yourself: psql ${stack.postgres.url(stack.database)}`);
  console.log(`  UPDATE todo.item SET done = true;`);
  await asked;
}
