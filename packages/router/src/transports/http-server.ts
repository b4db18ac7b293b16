import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { ListenError } from '../errors.ts';

/** Where an own HTTP server listens. */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * An HTTP server that serves nothing but upgrades. Connections that stay silent, or never finish their headers, are
 * closed after `handshakeTimeout` milliseconds; Node would keep them for more than a minute.
 */
export function createUpgradeServer(handshakeTimeout: number): Server {
  return createServer(
    {
      headersTimeout: handshakeTimeout,
      requestTimeout: handshakeTimeout,
      connectionsCheckingInterval: Math.max(50, Math.floor(handshakeTimeout / 4)),
    },
    (_request, response) => {
      response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'close' });
      response.end('this is a WebSocket endpoint');
    },
  );
}

/** @throws ListenError if the address is not to be had */
export async function openServer(server: Server, { host, port }: HttpAddress): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    throw new ListenError(`cannot listen on ${host}:${port}: ${(error as Error).message}`, { cause: error });
  }
}

/** Ends the server and every connection on it. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The address of a listening server; a server on a Unix socket has no port, and is not for this. */
export function addressOf(server: NetServer): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new ListenError('the HTTP server has no TCP port');
  return address;
}
