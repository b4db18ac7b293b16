import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, type ListenOptions, type Server } from 'node:net';
import type { ListeningEndpoint } from '@pgwamp/config';
import { GatewayListenError } from '../errors.ts';

/**
 * Has a server listen.
 *
 * @param reusePort whether other processes may listen on the same port.
 * @throws `GatewayListenError`
 */
export async function listen(server: Server, endpoint: ListeningEndpoint, reusePort: boolean): Promise<void> {
  const address = addressOf(endpoint, reusePort);
  try {
    await bind(server, address).catch(async (error: NodeJS.ErrnoException) => {
      // A process that was killed leaves its socket behind, and only removing it makes the path usable again.
      if (address.path === undefined || error.code !== 'EADDRINUSE' || (await hasListener(address.path))) throw error;
      await unlink(address.path);
      await bind(server, address);
    });
  } catch (error) {
    const where = address.path ?? `${address.host}:${address.port}`;
    throw new GatewayListenError(where, error as Error);
  }
}

function addressOf(endpoint: ListeningEndpoint, reusePort: boolean): ListenOptions {
  const { backlog = 4096 } = endpoint;
  if (endpoint.type === 'unix') return { path: endpoint.path, backlog };
  const { port, version, interface: host = version === 6 ? '::1' : '127.0.0.1' } = endpoint;
  return { port, host, backlog, reusePort };
}

async function bind(server: Server, address: ListenOptions): Promise<void> {
  server.listen(address);
  await once(server, 'listening');
}

async function hasListener(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
