import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/**
 * Remembers the connections of a server, those included that have not come as far as TLS or HTTP yet and that nothing
 * else knows of.
 *
 * @returns what ends the server: no more connections, and those there are may take `timeout` milliseconds to close
 */
export function serverEnd(server: Server, timeout: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  // One for all sockets, of which there may be very many.
  function forget(this: Socket): void {
    sockets.delete(this);
  }
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', forget);
  });
  return async () => {
    const closed = once(server, 'close');
    server.close();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, timeout);
    await closed;
    clearTimeout(timer);
  };
}
