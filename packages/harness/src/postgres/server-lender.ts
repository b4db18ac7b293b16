import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { PostgresServer } from './postgres-server.ts';
import { startPostgres } from './start-postgres.ts';

/** Lends every process of a test run a PostgreSQL server of its own; its disposal stops them all. */
export interface ServerLender extends AsyncDisposable {
  /** Where to connect to. */
  readonly port: number;
}

/**
 * Listens on the loopback interface. Each connection gets a server, whose URL is the answer, until it closes.
 * Mocha ends its processes without a word, so the servers belong to the process that outlives them.
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
