import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answersHttp, type Broker, type ServerPlace } from './broker-server.ts';
import { brokerCache } from './java.ts';
import { startServer } from './start-server.ts';

export const moto = {
  name: 'moto',
  image: 'motoserver/moto:5.1.4',
  isInstalled: () => existsSync(join(brokerCache, 'moto', 'installed')),
};

/** Starts moto, an in-memory server with the protocols of Amazon SNS and SQS. */
export async function startMoto(): Promise<Broker> {
  const args = ({ address, port }: ServerPlace) => ['-H', address, '-p', String(port)];
  return startServer({
    ...moto,
    ports: [await freePort()],
    asProcess: (place) => ({ program: join(brokerCache, 'moto', 'bin', 'moto_server'), args: args(place) }),
    imageFolder: '/',
    asContainer: (place) => ({ args: args(place) }),
    isReady: answersHttp,
  });
}
