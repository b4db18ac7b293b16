import { once } from 'node:events';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Server, Socket } from 'node:net';
import { type TlsOptions, Server as TlsServer } from 'node:tls';
import { hostAndPort, listen, listeningText, listenProblem, requestLimits } from '@pgwamp/config';
import { ListenError } from '../errors.ts';
import type { Endpoint } from './endpoint-options.ts';

/** A URL scheme, without TLS. */
export type Scheme = 'ws' | 'rs' | 'http';

const SECURE: Readonly<Record<Scheme, string>> = { ws: 'wss', rs: 'rss', http: 'https' };

/** @throws ListenError if the address cannot be opened */
export async function openServer(server: Server, endpoint: Endpoint): Promise<void> {
  try {
    await listen(server, endpoint);
  } catch (error) {
    const where = listeningText(endpoint);
    throw new ListenError(`cannot listen on ${where}: ${listenProblem(error)}`, { cause: error });
  }
}

/** The port of a listening server; 0 on a Unix socket. */
export function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

function unixUrl(scheme: Scheme, socket: string, path: string): string {
  return scheme === 'rs' ? `rs://unix:${socket}` : `${scheme}+unix:${socket}:${path}`;
}

/** The URL for clients of a listening server. */
export function urlOf(server: Server, scheme: Scheme, path: string): string {
  const address = server.address();
  if (address === null) throw new ListenError('the server does not listen');
  if (typeof address === 'string') return unixUrl(scheme, address, path);
  // Clients cannot connect to an address that stands for all interfaces.
  const isAny = address.address === '0.0.0.0' || address.address === '::';
  const host = isAny ? 'localhost' : address.address;
  const secure = server instanceof TlsServer ? SECURE[scheme] : scheme;
  return `${secure}://${hostAndPort(host, address.port)}${path}`;
}

/** Refuses plain requests on an HTTP server that only accepts upgrades. */
export const refuseRequest: RequestListener = (_request, response) => {
  response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'close' });
  response.end('this is a WebSocket endpoint');
};

/**
 * An HTTP server, with TLS if there are TLS options. Connections that stay silent, or do not finish their handshake or
 * request, are closed after `timeout` milliseconds.
 */
export function createHttpServer(timeout: number, tls: TlsOptions | undefined, serve: RequestListener): HttpServer {
  const options = requestLimits(timeout);
  if (tls === undefined) return createServer(options, serve);
  return createSecureServer({ ...options, ...tls, handshakeTimeout: timeout }, serve);
}

/**
 * Tracks all connections of a server, including those before TLS or HTTP, which nothing else tracks.
 *
 * @returns a function that stops the server: it accepts no more connections and gives the existing ones `timeout`
 *   milliseconds to close
 */
export function serverEnd(server: Server, timeout: number): () => Promise<void> {
  const sockets = new Set<Socket>();
  // One function for all sockets, of which there may be very many.
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
