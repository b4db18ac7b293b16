import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startTcpProxy, type TcpProxy } from '../proxy/tcp-proxy.ts';
import { answers, type Broker, type ServerPlace, toFile } from './broker-server.ts';
import { hasArchives, javaCommand } from './java.ts';
import { startServer } from './start-server.ts';

const options = ['-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'];
/** ApiVersions, version 0, of a client without a name. */
const hello = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

export const kafka = { name: 'kafka', image: 'apache/kafka:3.9.1', isInstalled: () => hasArchives('kafka') };

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
  await using resources = new AsyncDisposableStack();
  const [controllerPort, secondPort] = [await freePort(), await freePort()];
  // A broker tells its clients the address to connect to, so the proxy must exist before it.
  const proxy = resources.use(await startTcpProxy({ host: '127.0.0.1', port: secondPort }));
  const configuration = ({ folder, address, port }: ServerPlace) =>
    toFile([
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
      `listeners=PLAINTEXT://${address}:${port},SECOND://${address}:${secondPort},CONTROLLER://127.0.0.1:${controllerPort}`,
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
    ]);
  const scram = user ? ['--add-scram', `SCRAM-SHA-256=[name=${user.name},password=${user.password}]`] : [];
  const format = (file: string) => ['format', '-t', 'cGd3YW1wLXRlc3RzLWthZg', '-c', file, ...scram];
  const port = await freePort();
  const server = await startServer({
    ...kafka,
    ports: [port, secondPort],
    asProcess(place) {
      const file = join(place.folder, 'server.properties');
      const [program, ...args] = javaCommand('kafka', 'kafka.Kafka', options, [file]);
      return {
        program,
        args,
        files: { [file]: configuration(place) },
        first: javaCommand('kafka', 'kafka.tools.StorageTool', options, format(file)),
        tool: javaCommand('kafka', 'kafka.admin.ConfigCommand', options),
      };
    },
    imageFolder: '/var/lib/kafka/data',
    asContainer(place) {
      const file = join(place.folder, 'server.properties');
      const bin = '/opt/kafka/bin';
      const script = `file=$1; shift; ${bin}/kafka-storage.sh "$@" --ignore-formatted && exec ${bin}/kafka-server-start.sh "$file"`;
      return {
        args: ['sh', '-c', script, 'sh', file, ...format(file)],
        env: { KAFKA_HEAP_OPTS: '-Xmx512m' },
        files: { [file]: configuration(place) },
        tool: [`${bin}/kafka-configs.sh`],
      };
    },
    isReady: (listening) => answers(listening, hello, (data) => data.length > 10),
  });
  resources.use(server);
  const owned = resources.move();
  return {
    host: server.host,
    port,
    proxy,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    async setPassword(name, password) {
      const where = ['--bootstrap-server', `127.0.0.1:${port}`];
      const change = ['--alter', '--add-config', `SCRAM-SHA-256=[password=${password}]`];
      await server.administrate(...where, ...change, '--entity-type', 'users', '--entity-name', name);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
