// Rows that change in a real PostgreSQL arrive as WAMP events in a web page.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { liveOn, startDemo } from 'pgwamp/demo';

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, port: { type: 'string', default: '8080' } },
});

// Listened for from the beginning: whoever ends the demo while it starts gets it ended in good order too.
const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

await using stack = await startDemo(Number(values.port));
if (values.check) {
  const { tour } = await import('./tour.ts');
  process.exitCode = (await tour(stack)) ? 0 : 1;
} else {
  console.log(`Open ${stack.url} and watch a small shop. Ctrl-C ends it.`);
  console.log(`Publish something yourself: psql ${stack.postgres.url('shop')}`);
  console.log(`  SELECT crossbar.publish('com.example.orders', '["hello"]');`);
  const stop = new AbortController();
  const living = liveOn(stack.shop, stop.signal);
  await Promise.race([asked, living]);
  stop.abort();
  await living;
}
