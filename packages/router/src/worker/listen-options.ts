import type { ListenOptions } from '../listening/listen.ts';
import type { ConfiguredTransport } from './transport-schema.ts';

// What Crossbar.io takes for an endpoint that names no interface.
const ALL_INTERFACES = { 4: '0.0.0.0', 6: '::' } as const;

/** A configured transport as an option of `listen()`. */
export function listenOptionsFrom({ endpoint, ...transport }: ConfiguredTransport): ListenOptions {
  const isOpen = endpoint.type === 'tcp' && endpoint.interface === undefined;
  const where = isOpen ? { ...endpoint, interface: ALL_INTERFACES[endpoint.version ?? 4] } : endpoint;
  return { ...transport, endpoint: where } as ListenOptions;
}
