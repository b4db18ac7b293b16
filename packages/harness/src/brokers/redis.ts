import { answers, type Broker, findProgram, ServerProcess } from './server-process.ts';

/** Whether Redis is installed. */
export function hasRedis(): boolean {
  return findProgram('redis-server') !== undefined;
}

/**
 * Starts a Redis server that writes every command to disk before it answers.
 *
 * @param settings - additional options of its command line
 */
export function startRedis(...settings: readonly string[]): Promise<Broker> {
  return ServerProcess.start({
    name: 'redis',
    prepare: (folder, port) => ({
      program: findProgram('redis-server') ?? 'redis-server',
      args: ['--port', String(port), '--bind', '127.0.0.1', '--appendonly', 'yes', '--dir', folder, ...settings],
    }),
    isReady: (port) => answers(port, Buffer.from('PING\r\n'), (data) => /^[+-](PONG|NOAUTH)/.test(String(data))),
  });
}
