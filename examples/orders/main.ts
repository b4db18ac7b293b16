// Orders whose row changes reach RabbitMQ and a page in the browser, through one replication slot.
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startStack } from './stack.ts';

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    port: { type: 'string', default: '8080' },
    amqp: { type: 'string' },
  },
});

// Listened for from the beginning: whoever ends the example while it starts gets everything ended.
const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

if (values.amqp === undefined) {
  console.log('left out: RabbitMQ, and with it the packing of orders. Start one, and give its address:');
  console.log('  docker compose -f docs/brokers/rabbitmq.compose.yaml up -d rabbitmq');
  console.log('  npm run orders -- --amqp amqp://guest:guest@127.0.0.1');
}
await using stack = await startStack(Number(values.port), values.amqp);
if (values.check) {
  const { tour } = await import('./tour.ts');
  process.exitCode = (await tour(stack)) ? 0 : 1;
} else {
  console.log(`Open ${stack.url} and order something. Ctrl-C ends it.`);
  console.log(`From SQL: psql ${stack.database}`);
  console.log(`  INSERT INTO orders (customer, item, pieces) VALUES ('Ada', 'tea', 2);`);
  await asked;
}
