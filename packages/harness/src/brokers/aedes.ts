import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { freePort } from '../free-port.ts';
import type { Broker } from './broker-server.ts';

/** The access rules of a broker. */
export interface AedesOptions {
  readonly authenticate?: (username: string | undefined, password: string | undefined) => boolean;
  /** Whether a client may publish to a topic; if not, the broker closes its connection. */
  readonly mayPublish?: (topic: string) => boolean;
}

/** Starts an MQTT broker in this process, which forgets everything when it stops. */
export async function startAedes(options: AedesOptions = {}): Promise<Broker> {
  const port = await freePort();
  let running = await listen(port, options);
  const stop = () => running.stop();
  return {
    host: '127.0.0.1',
    port,
    stop,
    kill: stop,
    async start() {
      running = await listen(port, options);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function listen(port: number, { authenticate, mayPublish }: AedesOptions) {
  const broker = await Aedes.createBroker({
    concurrency: 1000,
    authenticate: (_, username, password, done) => done(null, authenticate?.(username, password?.toString()) ?? true),
    authorizePublish: (_, { topic }, done) => done(mayPublish?.(topic) === false ? new Error('not authorized') : null),
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    broker.handle(socket);
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return { stop: () => end(server, sockets, broker) };
}

async function end(server: Server, sockets: Iterable<Socket>, broker: Aedes): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
  const { promise, resolve } = Promise.withResolvers<void>();
  broker.close(() => resolve());
  await promise;
}
