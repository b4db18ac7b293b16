import net from 'node:net';
import tls from 'node:tls';
import { clientTlsOptions } from '@pgwamp/config';
import type { Endpoint } from './transport-configuration.ts';

const place = ['transport', 'endpoint', 'tls'];

type TcpEndpoint = Extract<Endpoint, { type: 'tcp' }>;

/**
 * Starts connecting to an endpoint.
 *
 * @param hostname the host name to verify in the router's certificate, unless the endpoint specifies another one.
 */
export function dial(endpoint: Endpoint, hostname?: string): net.Socket {
  const socket = endpoint.type === 'unix' ? net.connect({ path: endpoint.path }) : dialTcp(endpoint, hostname);
  giveUpAfter(endpoint.timeout, socket);
  return socket;
}

/**
 * Starts connecting to the host and port of a WebSocket URL.
 *
 * @param endpoint the address to connect to instead.
 * @param timeout time limit in seconds, unless the endpoint specifies one.
 */
export function dialUrl(url: string, endpoint: Endpoint | undefined, timeout: number): net.Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'wss:';
  if (!endpoint) return dial({ type: 'tcp', host, port: Number(port || (secure ? 443 : 80)), timeout, tls: secure });
  return dial(endpoint.type === 'tcp' ? { ...endpoint, tls: endpoint.tls ?? secure } : endpoint, host);
}

/** Returns the reason of an error, also if several addresses were tried. */
export function explain(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(explain).join('; ') : error.message;
}

/** @param seconds time limit for connecting. */
function giveUpAfter(seconds: number, socket: net.Socket): void {
  const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${seconds} s`)), seconds * 1000);
  const stop = () => clearTimeout(timer);
  socket.once(socket instanceof tls.TLSSocket ? 'secureConnect' : 'connect', stop).once('close', stop);
}

function dialTcp({ host, port, tls: options }: TcpEndpoint, hostname = host): net.Socket {
  const socket = options
    ? tls.connect({ host, port, ...clientTlsOptions(options, hostname, place) })
    : net.connect({ host, port });
  return socket.setNoDelay(true).setKeepAlive(true, 10_000);
}
