import { answers, type Broker, findProgram, ServerProcess } from './server-process.ts';

/** Whether the server of NATS is installed. */
export function hasNats(): boolean {
  return findProgram('nats-server') !== undefined;
}

/**
 * Starts a server of NATS with JetStream.
 *
 * @param settings - options of its command line beside ours
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
