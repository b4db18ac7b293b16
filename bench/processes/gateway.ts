// A Gateway of a database. Its `extra` is the argument. SIGUSR2 has it say how much processor time it has used, in milliseconds.
import { Gateway } from '@pgwamp/gateway';
import { pino } from 'pino';

const log = pino({ level: 'warn' }, pino.destination(2));
const gateway = new Gateway({ extra: JSON.parse(process.argv[2] ?? '{}') }, { log });
process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ processorTime: (user + system) / 1000 }));
});
await gateway.start();
const { server } = gateway.status();
console.log(JSON.stringify(server));
