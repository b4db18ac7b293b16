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
  const server = createSecureServer({ ...tls, noDelay: true, handshakeTimeout }, (socket) => endpoint.connect(socket));
  // Node.js tells of a handshake that failed or took too long, and leaves the connection open.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
