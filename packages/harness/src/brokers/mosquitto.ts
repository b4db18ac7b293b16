import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, type Broker, type ServerPlace, toFile } from './broker-server.ts';
import { findProgram, programPath } from './server-process.ts';
import { startServer } from './start-server.ts';

/** CONNECT of MQTT 3.1.1 with a clean session and the client identifier "p". */
const hello = Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x70]);

export const mosquitto = {
  name: 'mosquitto',
  image: 'eclipse-mosquitto:2.0',
  isInstalled: () => findProgram('mosquitto') !== undefined,
};

/**
 * Starts an MQTT broker.
 *
 * @param settings - additional lines of its configuration
 */
export async function startMosquitto(settings: readonly string[] = ['allow_anonymous true']): Promise<Broker> {
  const command = ({ folder, address, port }: ServerPlace) => {
    const file = join(folder, 'mosquitto.conf');
    const lines = [
      'user root',
      `listener ${port} ${address}`,
      'max_queued_messages 0',
      'max_inflight_messages 0',
      'persistence true',
      `persistence_location ${folder}/`,
      ...settings,
    ];
    return { args: ['-c', file], files: { [file]: toFile(lines) } };
  };
  return startServer({
    ...mosquitto,
    ports: [await freePort()],
    asProcess: (place) => ({ program: programPath('mosquitto'), ...command(place) }),
    imageFolder: '/mosquitto/data',
    asContainer(place) {
      const { args, files } = command(place);
      return { args: ['mosquitto', ...args], files };
    },
    isReady: (port) => answers(port, hello, (data) => data[0] === 0x20),
  });
}
