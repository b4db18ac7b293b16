import { freePort } from '../free-port.ts';
import { answers, type Broker, type ServerPlace } from './broker-server.ts';
import { findProgram, programPath } from './server-process.ts';
import { startServer } from './start-server.ts';

export const nats = {
  name: 'nats',
  image: 'nats:2.12',
  isInstalled: () => findProgram('nats-server') !== undefined,
};

/**
 * Starts a NATS server with JetStream.
 *
 * @param settings - additional options of its command line
 */
export async function startNats(...settings: readonly string[]): Promise<Broker> {
  const args = ({ folder, address, port }: ServerPlace) => [
    ...['-a', address, '-p', String(port), '-js', '-sd', folder, ...settings],
  ];
  return startServer({
    ...nats,
    ports: [await freePort()],
    asProcess: (place) => ({ program: programPath('nats-server'), args: args(place) }),
    imageFolder: '/data',
    asContainer: (place) => ({ args: args(place) }),
    isReady: (port) => answers(port, Buffer.alloc(0), (data) => String(data).startsWith('INFO')),
  });
}
