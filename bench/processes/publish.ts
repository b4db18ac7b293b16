// A Publisher: for the router at the given URL, or side by side with a router of its own, when somebody has subscribed there.
import { createRouter, type Router } from '@pgwamp/router';
import { Publisher } from 'pgwamp';
import { pino } from 'pino';
import { someSubscriber } from '../wait-for-subscriber.ts';

const { database, delivery, url } = JSON.parse(process.argv[2] ?? '{}');
const transport = url ? { type: 'websocket' as const, url } : { type: 'memory' as const, router: await startRouter() };
const log = pino({ level: 'warn' }, pino.destination(2));
const publisher = new Publisher({ realm: 'realm1', transport, extra: { delivery, database } }, { log });
const started = Date.now();
await publisher.start();
console.log(JSON.stringify({ running: true, started }));

async function startRouter(): Promise<Router> {
  const router = createRouter({ realms: ['realm1'] });
  const listener = await router.listen();
  console.log(JSON.stringify({ url: listener.url }));
  await someSubscriber(router);
  return router;
}
