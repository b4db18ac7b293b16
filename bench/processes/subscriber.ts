// A Subscriber for the router at the given URL; what it handles is what SQL has subscribed.
import { Subscriber } from 'pgwamp';
import { pino } from 'pino';

const { url, database } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));
const transport = { type: 'websocket' as const, url };
const subscriber = new Subscriber({ realm: 'realm1', transport, extra: { database } }, { log });
await subscriber.start();
console.log(JSON.stringify({ running: true }));
