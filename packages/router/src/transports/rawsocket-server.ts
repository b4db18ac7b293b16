import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createServer as createSecureServer, type TlsOptions } from 'node:tls';
import type { RawSocketEndpoint } from './rawsocket-endpoint.ts';

/** A server whose connections are led to an endpoint, with TLS if there are options for it. */
export function createRawSocketServer(
  endpoint: RawSocketEndpoint,
  handshakeTimeout: number,
  tls: TlsOptions | undefined,
): Server {
  if (tls === undefined) return createServer({ noDelay: true }, (socket) => endpoint.connect(socket));
  return createSecureServer({ ...tls, noDelay: true, handshakeTimeout }, (socket) => endpoint.connect(socket));
}

/** Ends the server, once its connections have closed. */
export async function closeRawSocketServer(server: Server, endpoint: RawSocketEndpoint): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  endpoint.close();
  await closed;
}
