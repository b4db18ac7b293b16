// A router and a Publisher side by side. The Publisher starts when somebody has subscribed.
import { waitFor } from '@pgwamp/harness';
import { createRouter } from '@pgwamp/router';
import { Publisher } from 'pgwamp';
import { pino } from 'pino';

const { database, delivery } = JSON.parse(process.argv[2] ?? '{}');
const router = createRouter({ realms: ['realm1'] });
const { url } = await router.listen();
console.log(JSON.stringify({ url }));
await waitFor(() => router.realm('realm1').subscriptions > 0, { what: 'a subscriber', deadline: 60_000 });
const publisher = new Publisher(
  { realm: 'realm1', transport: { type: 'memory', router }, extra: { delivery, database } },
  { log: pino({ level: 'warn' }, pino.destination(2)) },
);
const started = Date.now();
await publisher.start();
console.log(JSON.stringify({ running: true, started }));
