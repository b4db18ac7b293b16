import { answers, type Broker, findProgram, ServerProcess } from './server-process.ts';

/** Whether the NATS server is installed. */
export function hasNats(): boolean {
  return findProgram('nats-server') !== undefined;
}

/**
 * Starts a NATS server with JetStream.
 *
 * @param settings - additional options of its command line
 */
export function startNats(...settings: readonly string[]): Promise<Broker> {
  return ServerProcess.start({
    name: 'nats',
    prepare: (folder, port) => ({
      program: findProgram('nats-server') ?? 'nats-server',
      args: ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder, ...settings],
    }),
    isReady: (port) => answers(port, Buffer.alloc(0), (data) => String(data).startsWith('INFO')),
  });
}
