import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { startTcpProxy, type TcpProxy } from '../proxy/tcp-proxy.ts';
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

/** A broker of Kafka. */
export interface Kafka extends Broker {
  /** The way to a second port of the broker, which clients that have come that way also take back. */
  readonly proxy: TcpProxy;
}

/** Starts a broker of Kafka that is its own controller. */
export async function startKafka(): Promise<Kafka> {
  const [controllerPort, secondPort] = [await freePort(), await freePort()];
  // A broker tells its clients where to connect to, so this has to be there before it.
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: secondPort });
  const server = await ServerProcess.start({
    name: 'kafka',
    async prepare(folder, port) {
      const file = join(folder, 'server.properties');
      const lines = [
        'process.roles=broker,controller',
        'node.id=1',
        `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
        `listeners=PLAINTEXT://127.0.0.1:${port},SECOND://127.0.0.1:${secondPort},CONTROLLER://127.0.0.1:${controllerPort}`,
        `advertised.listeners=PLAINTEXT://127.0.0.1:${port},SECOND://127.0.0.1:${proxy.port}`,
        'controller.listener.names=CONTROLLER',
        'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECOND:PLAINTEXT',
        `log.dirs=${join(folder, 'data')}`,
        'auto.create.topics.enable=false',
        'offsets.topic.replication.factor=1',
        'group.initial.rebalance.delay.ms=0',
        // A broker that was killed comes back before its old session has ended.
        'broker.session.timeout.ms=3000',
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      const args = ['format', '-t', 'cGd3YW1wLXRlc3RzLWthZg', '-c', file];
      const format = javaCommand('kafka', 'kafka.tools.StorageTool', options, args);
      await run(format.program, format.args, { cwd: folder });
      return javaCommand('kafka', 'kafka.Kafka', options, [file]);
    },
    isReady: (port) => answers(port, hello, (data) => data.length > 10),
  });
  return {
    host: server.host,
    port: server.port,
    proxy,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
