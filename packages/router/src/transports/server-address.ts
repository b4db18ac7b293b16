import type { Server } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { listen, listeningText } from '@pgwamp/config';
import { ListenError } from '../errors.ts';
import type { Endpoint } from './endpoint-options.ts';

/** A scheme without and with TLS. */
export type Scheme = 'ws' | 'rs' | 'http';

const SECURE: Readonly<Record<Scheme, string>> = { ws: 'wss', rs: 'rss', http: 'https' };

/** @throws ListenError if the address is not to be had */
export async function openServer(server: Server, endpoint: Endpoint): Promise<void> {
  try {
    await listen(server, endpoint);
  } catch (error) {
    const where = listeningText(endpoint);
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
