import { hostAndPort, type ListeningEndpoint } from '@pgwamp/config';
import type { RouterOptions } from '../configuration/node-schema.ts';
import { readNodeIfAny } from './node-options.ts';

/** A router and one of its realms. */
export interface RouterPlace {
  readonly router: string;
  readonly realm: string;
}

/**
 * Finds the router of the node in the current folder: the first address that a command can join, and the first realm.
 * Without a configuration, it returns the defaults of `pgwamp init`.
 *
 * @throws `NodeConfigurationError` if the configuration is wrong.
 */
export async function findRouter(): Promise<RouterPlace> {
  const configuration = await readNodeIfAny({ cbdir: '.crossbar' });
  for (const worker of configuration?.node.workers ?? []) {
    if (worker.type !== 'router') continue;
    const [router] = worker.transports.flatMap(urlsOf);
    const [realm] = worker.realms;
    if (router !== undefined && realm) return { router, realm: realm.name };
  }
  return { router: 'ws://127.0.0.1:8080/ws', realm: 'realm1' };
}

function urlsOf(transport: RouterOptions['transports'][number]): string[] {
  const { endpoint } = transport;
  if (transport.type === 'rawsocket') return [rawSocketUrl(endpoint)];
  if (endpoint.type === 'unix') return [];
  const origin = `${endpoint.tls ? 'wss' : 'ws'}://${placeOf(endpoint)}`;
  if (transport.type === 'websocket') return [`${origin}/`];
  return Object.entries(transport.paths).flatMap(([path, service]) =>
    service.type === 'websocket' ? [`${origin}/${path === '/' ? '' : path}`] : [],
  );
}

function rawSocketUrl(endpoint: ListeningEndpoint): string {
  return endpoint.type === 'unix' ? `rs://unix:${encodeURI(endpoint.path)}` : `rs://${placeOf(endpoint)}`;
}

/**
 * Host and port to connect to: a router that listens on all addresses of the machine also listens on the loopback
 * address.
 */
function placeOf({ interface: address = '127.0.0.1', port }: Extract<ListeningEndpoint, { type: 'tcp' }>): string {
  const host = ['', '0.0.0.0', '::'].includes(address) ? '127.0.0.1' : address;
  return hostAndPort(host, port);
}
