import { freePort } from '../free-port.ts';
import { answers, type Broker, type ServerPlace } from './broker-server.ts';
import { findProgram, programPath } from './server-process.ts';
import { startServer } from './start-server.ts';

export const redis = {
  name: 'redis',
  image: 'redis:8.2',
  isInstalled: () => findProgram('redis-server') !== undefined,
};

/**
 * Starts a Redis server that writes every command to its log before it answers.
 *
 * @param settings - additional options of its command line
 */
export async function startRedis(...settings: readonly string[]): Promise<Broker> {
  const args = ({ folder, address, port }: ServerPlace) => [
    ...['--port', String(port), '--bind', address, '--protected-mode', 'no'],
    ...['--appendonly', 'yes', '--dir', folder, ...settings],
  ];
  return startServer({
    ...redis,
    ports: [await freePort()],
    asProcess: (place) => ({ program: programPath('redis-server'), args: args(place) }),
    imageFolder: '/data',
    asContainer: (place) => ({ args: ['redis-server', ...args(place)] }),
    isReady: (port) => answers(port, Buffer.from('PING\r\n'), (data) => /^[+-](PONG|NOAUTH)/.test(String(data))),
  });
}
