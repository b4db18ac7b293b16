import { resolve } from 'node:path';
import { isPem, type ListeningEndpoint, type ServerTls } from '@pgwamp/config';
import type { ConfiguredService, ConfiguredTransport } from './transport-schema.ts';
import type { Worker } from './worker-schema.ts';

/** Makes a path that is relative to the configuration's folder absolute. */
type Absolute = (path: string) => string;

function tlsFrom({ key, certificate, ...others }: ServerTls, absolute: Absolute): ServerTls {
  // Each value may be the PEM itself.
  const file = (text: string) => (isPem(text) ? text : absolute(text));
  const { chain_certificates, ca_certificates, dhparam, ciphers } = others;
  return {
    key: file(key),
    certificate: file(certificate),
    chain_certificates: chain_certificates?.map(file),
    ca_certificates: ca_certificates?.map(file),
    dhparam: dhparam && file(dhparam),
    ciphers,
  };
}

function endpointFrom(endpoint: ListeningEndpoint, absolute: Absolute): ListeningEndpoint {
  if (endpoint.type === 'unix') return { ...endpoint, path: absolute(endpoint.path) };
  return endpoint.tls === undefined ? endpoint : { ...endpoint, tls: tlsFrom(endpoint.tls, absolute) };
}

function serviceFrom(service: ConfiguredService, absolute: Absolute): ConfiguredService {
  return service.type === 'static' ? { ...service, directory: absolute(service.directory) } : service;
}

function transportFrom(transport: ConfiguredTransport, absolute: Absolute): ConfiguredTransport {
  const endpoint = endpointFrom(transport.endpoint, absolute);
  if (transport.type !== 'web') return { ...transport, endpoint };
  const services = Object.entries(transport.paths).map(([path, it]) => [path, serviceFrom(it, absolute)] as const);
  return { ...transport, endpoint, paths: Object.fromEntries(services) };
}

/**
 * Resolves the paths of a configuration relative to its folder, as Crossbar.io does, so that they do not depend on the
 * working directory.
 *
 * @example
 * ```ts
 * const worker = withAbsolutePaths(readWorker(configuration, process.env), dirname(file));
 * ```
 */
export function withAbsolutePaths(worker: Worker, folder: string): Worker {
  const absolute = (path: string) => resolve(folder, path);
  return { ...worker, transports: worker.transports.map((transport) => transportFrom(transport, absolute)) };
}
