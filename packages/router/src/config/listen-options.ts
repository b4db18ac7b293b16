import { RouterOptionError } from '../errors.ts';
import type { ListenOptions } from '../listening.ts';
import type { Endpoint } from './endpoint-schema.ts';
import type { ConfiguredTransport } from './transport-schema.ts';

// What Crossbar.io takes for an endpoint that names no interface.
const ALL_INTERFACES = '0.0.0.0';

function addressFrom(endpoint: Endpoint, path: string) {
  if (endpoint.type !== 'tcp') throw new RouterOptionError(`${path}.endpoint.type: expected "tcp", found "unix"`);
  return { host: endpoint.interface ?? ALL_INTERFACES, port: endpoint.port };
}

function pathOf(transport: ConfiguredTransport): string {
  if (transport.type !== 'web') return '/';
  const [[path] = ['/']] = Object.entries(transport.paths);
  return path === '/' ? path : `/${path}`;
}

/** A configured transport as an option of `listen()`. */
export function listenOptionsFrom(transport: ConfiguredTransport, index: number): ListenOptions {
  return { ...addressFrom(transport.endpoint, `transports[${index}]`), path: pathOf(transport) };
}
