import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { hasArchives, javaCommand } from './java.ts';
import { answers, type Broker, ServerProcess } from './server-process.ts';

const run = promisify(execFile);
const options = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
/** ApiVersions, version 0, of a client without a name. */
const hello = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

/** Whether Kafka is installed. */
export function hasKafka(): boolean {
  return hasArchives('kafka');
}

/**
 * Starts a broker of Kafka that is its own controller.
 *
 * @param settings - lines of its configuration beside ours
 */
export async function startKafka(settings: readonly string[] = []): Promise<Broker> {
  const controllerPort = await freePort();
  return ServerProcess.start({
    name: 'kafka',
    async prepare(folder, port) {
      const file = join(folder, 'server.properties');
      const lines = [
        'process.roles=broker,controller',
        'node.id=1',
        `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
        `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
        `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
        'controller.listener.names=CONTROLLER',
        'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
        `log.dirs=${join(folder, 'data')}`,
        'auto.create.topics.enable=false',
        'offsets.topic.replication.factor=1',
        'group.initial.rebalance.delay.ms=0',
        // A broker that was killed comes back before its old session has ended.
        'broker.session.timeout.ms=3000',
        ...settings,
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      const args = ['format', '-t', 'cGd3YW1wLXRlc3RzLWthZg', '-c', file];
      const format = javaCommand('kafka', 'kafka.tools.StorageTool', options, args);
      await run(format.program, format.args, { cwd: folder });
      return javaCommand('kafka', 'kafka.Kafka', options, [file]);
    },
    isReady: (port) => answers(port, hello, (data) => data.length > 10),
  });
}
