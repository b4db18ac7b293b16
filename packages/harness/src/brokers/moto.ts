import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { brokerCache } from './java.ts';
import { answers, type Broker, ServerProcess } from './server-process.ts';

const program = join(brokerCache, 'moto', 'bin', 'moto_server');

/** Whether moto is installed. */
export function hasMoto(): boolean {
  return existsSync(join(brokerCache, 'moto', 'installed'));
}

/** Starts moto, an in-memory server with the protocols of Amazon SNS and SQS. */
export function startMoto(): Promise<Broker> {
  return ServerProcess.start({
    name: 'moto',
    prepare: (_, port) => ({ program, args: ['-H', '127.0.0.1', '-p', String(port)] }),
    isReady: (port) => answers(port),
  });
}
