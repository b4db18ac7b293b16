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

/** A Kafka broker. */
export interface Kafka extends Broker {
  /** The proxy to a second port of the broker. The broker tells clients of that port to reconnect through it. */
  readonly proxy: TcpProxy;
  /** Changes the SASL password of a user. */
  setPassword(user: string, password: string): Promise<void>;
}

/** The access rules of a broker. */
export interface KafkaOptions {
  /** A user that has to authenticate on the second port with SASL and SCRAM-SHA-256; default: no authentication. */
  readonly user?: { readonly name: string; readonly password: string };
}

/** Starts a Kafka broker that is its own controller. */
export async function startKafka({ user }: KafkaOptions = {}): Promise<Kafka> {
  const [controllerPort, secondPort] = [await freePort(), await freePort()];
  // A broker tells its clients the address to connect to, so the proxy must exist before it.
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
        `listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECOND:${user ? 'SASL_PLAINTEXT' : 'PLAINTEXT'}`,
        'sasl.enabled.mechanisms=SCRAM-SHA-256',
        'listener.name.second.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;',
        `log.dirs=${join(folder, 'data')}`,
        'auto.create.topics.enable=false',
        'offsets.topic.replication.factor=1',
        'group.initial.rebalance.delay.ms=0',
        // A broker that was killed restarts before its old session has ended.
        'broker.session.timeout.ms=3000',
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      const scram = user ? ['--add-scram', `SCRAM-SHA-256=[name=${user.name},password=${user.password}]`] : [];
      const args = ['format', '-t', 'cGd3YW1wLXRlc3RzLWthZg', '-c', file, ...scram];
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
    async setPassword(name, password) {
      const where = ['--bootstrap-server', `127.0.0.1:${server.port}`];
      const change = ['--alter', '--add-config', `SCRAM-SHA-256=[password=${password}]`];
      const args = [...where, ...change, '--entity-type', 'users', '--entity-name', name];
      const command = javaCommand('kafka', 'kafka.admin.ConfigCommand', options, args);
      await run(command.program, command.args);
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
