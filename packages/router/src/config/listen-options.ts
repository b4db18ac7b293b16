import { RouterOptionError } from '../errors.ts';
import type { ListenOptions } from '../listening.ts';
import type { Endpoint } from './endpoint-schema.ts';
import type { ConfiguredService } from './service-schema.ts';
import type { ConfiguredTransport } from './transport-schema.ts';

// What Crossbar.io takes for an endpoint that names no interface.
const ALL_INTERFACES = '0.0.0.0';

function unsupported(path: string, what: string): RouterOptionError {
  return new RouterOptionError(`${path}: expected what this router supports, found ${what}`);
}

function addressFrom(endpoint: Endpoint, path: string) {
  if (endpoint.type !== 'tcp') throw unsupported(`${path}.endpoint.type`, '"unix"');
  if (endpoint.tls !== undefined) throw unsupported(`${path}.endpoint.tls`, 'an object');
  return { host: endpoint.interface ?? ALL_INTERFACES, port: endpoint.port };
}

/** The only service of a web transport, and its path. */
function onlyWebSocket(paths: Readonly<Record<string, ConfiguredService>>, path: string) {
  const [[key, service] = [], second] = Object.entries(paths);
  if (key === undefined || service?.type !== 'websocket') throw unsupported(`${path}.paths`, 'no WebSocket service');
  if (second !== undefined) throw unsupported(`${path}.paths`, 'more than one service');
  return { path: key === '/' ? key : `/${key}`, auth: service.auth };
}

function serviceFrom(transport: ConfiguredTransport, path: string) {
  if (transport.type === 'rawsocket') throw unsupported(`${path}.type`, '"rawsocket"');
  return transport.type === 'web' ? onlyWebSocket(transport.paths, path) : { path: '/', auth: transport.auth };
}

/**
 * A configured transport as the options of `listen()`.
 *
 * @throws RouterOptionError for what the router does not have
 */
export function listenOptionsFrom(transport: ConfiguredTransport, index: number): ListenOptions {
  const path = `transports[${index}]`;
  return { ...addressFrom(transport.endpoint, path), ...serviceFrom(transport, path) };
}
