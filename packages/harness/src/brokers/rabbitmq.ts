import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { answers, type Broker, findProgram, ServerProcess } from './server-process.ts';

/** Not the script in the PATH, which changes the user and uses fixed folders. */
const program = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const control = '/usr/lib/rabbitmq/bin/rabbitmqctl';

/** A RabbitMQ broker, with its default user guest. */
export interface RabbitMq extends Broker {
  readonly uri: string;
  /** Runs a command of `rabbitmqctl`. */
  control(...args: string[]): Promise<void>;
}

/** Whether RabbitMQ is installed. */
export function hasRabbitMq(): boolean {
  return existsSync(program) && findProgram('epmd') !== undefined;
}

/**
 * Starts a RabbitMQ broker, with the daemon that registers its node name.
 *
 * @param settings - lines of its `rabbitmq.conf`
 */
export async function startRabbitMq(settings: readonly string[] = []): Promise<RabbitMq> {
  await using resources = new AsyncDisposableStack();
  const epmd = await ServerProcess.start({
    name: 'epmd',
    prepare: (_, port) => ({
      program: findProgram('epmd') ?? 'epmd',
      args: ['-address', '127.0.0.1', '-port', `${port}`],
    }),
    isReady: (port) => answers(port),
  });
  resources.use(epmd);
  const distributionPort = await freePort();
  let environment: Record<string, string> = {};
  const server = await ServerProcess.start({
    name: 'rabbitmq',
    async prepare(folder, port) {
      environment = environmentOf(folder, { port, epmdPort: epmd.port, distributionPort });
      await mkdir(join(folder, 'config'));
      await writeFile(join(folder, 'plugins'), '[].\n');
      await writeFile(join(folder, 'config', 'rabbitmq.conf'), settings.map((line) => `${line}\n`).join(''));
      return { program, args: [], env: environment };
    },
    isReady: (port) => answers(port, Buffer.from('AMQP\0\0\x09\x01'), (data) => data[0] === 1),
  });
  resources.use(server);
  const owned = resources.move();
  return {
    host: server.host,
    port: server.port,
    uri: `amqp://guest:guest@127.0.0.1:${server.port}`,
    stop: () => server.stop(),
    kill: () => server.kill(),
    start: () => server.start(),
    control: (...args: string[]) => runControl(args, environment),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
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

async function runControl(args: readonly string[], env: Record<string, string>): Promise<void> {
  const child = spawn(control, ['--erlang-cookie', 'pgwamp', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.on('error', reject);
  child.on('close', resolve);
  const code = await promise;
  if (code !== 0) throw new Error(`rabbitmqctl ${args.join(' ')} ended with ${code}: ${output}`);
}
