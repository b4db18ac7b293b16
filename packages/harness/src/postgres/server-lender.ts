import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { PostgresServer } from './postgres-server.ts';
import { startPostgres } from './start-postgres.ts';

/** Provides every process of a test run with a PostgreSQL server. Disposing of it stops all servers. */
export interface ServerLender extends AsyncDisposable {
  /** The port to connect to. */
  readonly port: number;
}

/**
 * Listens on the loopback interface. Each connection gets a server until it closes; the answer is its URL. Mocha kills
 * its worker processes without notice, so the servers belong to the main process, which outlives them.
 */
export async function lendServers(start: () => Promise<PostgresServer> = startPostgres): Promise<ServerLender> {
  const lent = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket.unref());
    const done = lend(socket, start).finally(() => {
      sockets.delete(socket);
      lent.delete(done);
    });
    lent.add(done);
  }).unref();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all(lent);
    },
  };
}

async function lend(socket: Socket, start: () => Promise<PostgresServer>): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  let server: PostgresServer | undefined;
  try {
    server = await start();
    socket.write(`${JSON.stringify({ url: server.url() })}\n`);
  } catch (error) {
    socket.end(`${JSON.stringify({ error: String(error) })}\n`);
  }
  await closed;
  await server?.[Symbol.asyncDispose]();
}
