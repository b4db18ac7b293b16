// A Proxy. It says when it runs, and when its sink has confirmed so many messages.
import { Proxy } from 'pgwamp';
import { pino } from 'pino';

const { extra, count } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));
const proxy = new Proxy({ extra }, { log });
const started = Date.now();
await proxy.start();
say({ running: true, started });
const timer = setInterval(() => {
  const confirmed = proxy.status().sinks.broker?.confirmed ?? 0;
  if (confirmed < count) return;
  clearInterval(timer);
  say({ confirmed, at: Date.now() });
}, 10);

function say(message: object): void {
  console.log(JSON.stringify(message));
}
