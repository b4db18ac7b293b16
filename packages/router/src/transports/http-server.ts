import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { TlsOptions } from 'node:tls';

/** Refuses plain requests: what an HTTP server does that is there for upgrades alone. */
export const refuseRequest: RequestListener = (_request, response) => {
  response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'close' });
  response.end('this is a WebSocket endpoint');
};

/**
 * An HTTP server, with TLS if there are options for it. Connections that stay silent, or do not finish their handshake
 * or their request, are closed after `timeout` milliseconds; Node would keep them for more than a minute.
 */
export function createHttpServer(timeout: number, tls: TlsOptions | undefined, serve: RequestListener): Server {
  const options = {
    headersTimeout: timeout,
    requestTimeout: timeout,
    connectionsCheckingInterval: Math.max(50, Math.floor(timeout / 4)),
  };
  if (tls === undefined) return createServer(options, serve);
  return createSecureServer({ ...options, ...tls, handshakeTimeout: timeout }, serve);
}
