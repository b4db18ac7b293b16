// A Proxy. It says when it runs, when its sink has confirmed the first messages, and when it has confirmed so many.
import { Proxy } from '@pgwamp/proxy';
import { pino } from 'pino';

const { extra, count } = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'warn' }, pino.destination(2));
const proxy = new Proxy({ extra }, { log });
let first = 0;
// From the beginning: what is in the log already is sent while the Proxy still starts.
const timer = setInterval(() => {
  const confirmed = proxy.status().sinks.broker?.confirmed ?? 0;
  if (confirmed === 0) return;
  if (first === 0) {
    first = confirmed;
    say({ first, at: performance.now(), processorTime: processorTime() });
  }
  if (confirmed < count) return;
  clearInterval(timer);
  say({ confirmed, at: performance.now(), processorTime: processorTime() });
}, 5);
await proxy.start();
say({ running: true });

/** Microseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function say(message: object): void {
  console.log(JSON.stringify(message));
}
