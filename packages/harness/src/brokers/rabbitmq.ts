import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, type Broker, toFile } from './broker-server.ts';
import { findProgram, programPath, ServerProcess } from './server-process.ts';
import { isOfThisMachine, startServer } from './start-server.ts';

/** Not the script in the PATH, which changes the user and uses fixed folders. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const control = '/usr/lib/rabbitmq/bin/rabbitmqctl';

export const rabbitMq = {
  name: 'rabbitmq',
  image: 'rabbitmq:4.1',
  isInstalled: () => existsSync(program) && findProgram('epmd') !== undefined,
};

/** A RabbitMQ broker, with its default user guest. */
export interface RabbitMq extends Broker {
  readonly uri: string;
  /** Runs a command of `rabbitmqctl`. */
  control(...args: string[]): Promise<void>;
}

/**
 * Starts a RabbitMQ broker. A process needs the daemon that registers its node name too.
 *
 * @param settings - lines of its `rabbitmq.conf`
 */
export async function startRabbitMq(settings: readonly string[] = []): Promise<RabbitMq> {
  await using resources = new AsyncDisposableStack();
  const epmdPort = await freePort();
  if (isOfThisMachine(rabbitMq)) resources.use(await startEpmd(epmdPort));
  const [port, distributionPort] = [await freePort(), await freePort()];
  const server = await startServer({
    ...rabbitMq,
    ports: [port],
    asProcess: ({ folder }) => ({
      program,
      args: [],
      env: environmentOf(folder, { port, epmdPort, distributionPort }),
      files: {
        [join(folder, 'plugins')]: '[].\n',
        [join(folder, 'config', 'rabbitmq.conf')]: toFile(settings),
      },
      tool: [control, '--erlang-cookie', 'pgwamp'],
    }),
    imageFolder: '/var/lib/rabbitmq',
    asContainer: () => ({
      args: ['rabbitmq-server'],
      files: { '/etc/rabbitmq/conf.d/20-tests.conf': toFile([`listeners.tcp.default = ${port}`, ...settings]) },
      tool: ['rabbitmqctl'],
    }),
    isReady: (listening) => answers(listening, Buffer.from('AMQP\0\0\x09\x01'), (data) => data[0] === 1),
  });
  resources.use(server);
  const owned = resources.move();
  return {
    host: server.host,
    port,
    uri: `amqp://guest:guest@127.0.0.1:${port}`,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    control: (...args: string[]) => server.administrate(...args),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function startEpmd(port: number): Promise<ServerProcess> {
  return ServerProcess.start({
    name: 'epmd',
    ports: [port],
    asProcess: () => ({ program: programPath('epmd'), args: ['-address', '127.0.0.1', '-port', String(port)] }),
    isReady: (listening) => answers(listening),
  });
}

interface Ports {
  readonly port: number;
  readonly epmdPort: number;
  readonly distributionPort: number;
}

function environmentOf(folder: string, { port, epmdPort, distributionPort }: Ports): Record<string, string> {
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `t${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: join(folder, 'config', 'rabbitmq'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'config'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(folder, 'feature-flags'),
    RABBITMQ_PLUGINS_EXPAND_DIR: join(folder, 'expanded'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // Otherwise the process is a shell, and its children outlive it.
    RUNNING_UNDER_SYSTEMD: '1',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} -setcookie pgwamp',
    RABBITMQ_CTL_ERL_ARGS: '-setcookie pgwamp',
  };
}
