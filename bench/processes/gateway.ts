// A Gateway of a database. Its `extra` is the argument.
import { Gateway } from '@pgwamp/gateway';
import { pino } from 'pino';

const gateway = new Gateway({ extra: JSON.parse(process.argv[2] ?? '{}') }, { log: pino({ level: 'silent' }) });
await gateway.start();
const { server } = gateway.status();
console.log(JSON.stringify(server));
