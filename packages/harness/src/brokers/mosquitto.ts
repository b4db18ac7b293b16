import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answers, type Broker, findProgram, ServerProcess } from './server-process.ts';

/** CONNECT of MQTT 3.1.1 with a clean session and the client identifier "p". */
const hello = Buffer.from([0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x70]);

/** Whether mosquitto is installed. */
export function hasMosquitto(): boolean {
  return findProgram('mosquitto') !== undefined;
}

/**
 * Starts an MQTT broker.
 *
 * @param settings - additional lines of its configuration
 */
export function startMosquitto(settings: readonly string[] = ['allow_anonymous true']): Promise<Broker> {
  return ServerProcess.start({
    name: 'mosquitto',
    async prepare(folder, port) {
      const lines = [
        'user root',
        `listener ${port} 127.0.0.1`,
        'max_queued_messages 0',
        'max_inflight_messages 0',
        'persistence true',
        `persistence_location ${folder}/`,
        ...settings,
      ];
      await writeFile(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
      return { program: findProgram('mosquitto') ?? 'mosquitto', args: ['-c', join(folder, 'mosquitto.conf')] };
    },
    isReady: (port) => answers(port, hello, (data) => data[0] === 0x20),
  });
}
