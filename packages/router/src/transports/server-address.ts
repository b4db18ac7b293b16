import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { connect, type ListenOptions, type Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { ListenError } from '../errors.ts';
import type { Endpoint, TcpEndpoint, UnixEndpoint } from './endpoint-options.ts';

/** A scheme without and with TLS. */
export type Scheme = 'ws' | 'rs' | 'http';

const SECURE: Readonly<Record<Scheme, string>> = { ws: 'wss', rs: 'rss', http: 'https' };

function tcpAddress({ port, interface: host, version, backlog }: TcpEndpoint): ListenOptions {
  const loopback = version === 6 ? '::1' : '127.0.0.1';
  return { port, host: host ?? loopback, ...(backlog !== undefined && { backlog }) };
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

/** A process that was killed leaves its socket behind, and nothing but removing it makes the path usable again. */
async function bindUnix(server: Server, { path, backlog }: UnixEndpoint): Promise<void> {
  const address = { path, ...(backlog !== undefined && { backlog }) };
  try {
    await bind(server, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || (await hasListener(path))) throw error;
    await unlink(path);
    await bind(server, address);
  }
}

/** @throws ListenError if the address is not to be had */
export async function openServer(server: Server, endpoint: Endpoint): Promise<void> {
  try {
    if (endpoint.type === 'unix') await bindUnix(server, endpoint);
    else await bind(server, tcpAddress(endpoint));
  } catch (error) {
    const { host = '', port } = endpoint.type === 'tcp' ? tcpAddress(endpoint) : {};
    const where = endpoint.type === 'unix' ? endpoint.path : `${host}:${port}`;
    throw new ListenError(`cannot listen on ${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** The port of a listening server; 0 if it is on a Unix socket. */
export function portOf(server: Server): number {
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

function unixUrl(scheme: Scheme, socket: string, path: string): string {
  return scheme === 'rs' ? `rs://unix:${socket}` : `${scheme}+unix:${socket}:${path}`;
}

/** What clients of a listening server connect to. */
export function urlOf(server: Server, scheme: Scheme, path: string): string {
  const address = server.address();
  if (address === null) throw new ListenError('the server does not listen');
  if (typeof address === 'string') return unixUrl(scheme, address, path);
  // An address that stands for all interfaces is none to connect to.
  const isAny = address.address === '0.0.0.0' || address.address === '::';
  const host = isAny ? 'localhost' : address.address;
  const secure = server instanceof TlsServer ? SECURE[scheme] : scheme;
  return `${secure}://${host.includes(':') ? `[${host}]` : host}:${address.port}${path}`;
}
