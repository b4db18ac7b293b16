import * as z from 'zod';
import { clientTls } from './client-tls.ts';
import { integer, portNumber } from './numbers.ts';

const text = z.string().min(1);
const pem = (what: string) => text.describe(`${what}: PEM text, or the path of a PEM file`);

const serverTls = z.strictObject({
  key: pem('the key of the certificate'),
  certificate: pem('the certificate'),
  chain_certificates: z.array(text).optional().describe('certificates between this one and the authority'),
  ca_certificates: z.array(text).optional().describe('authorities; clients must present a certificate of one of them'),
  ciphers: text.optional().describe('ciphers in the notation of OpenSSL'),
  dhparam: text.optional().describe('parameters for Diffie-Hellman: PEM text, or the path of a PEM file'),
});

const backlog = integer({ min: 1, max: 65_535 }).optional().describe('limit on connections that wait to be accepted');

const listeningTcp = z.strictObject({
  type: z.literal('tcp'),
  port: portNumber({ min: 0 }).describe('the port to listen on; 0 for any that is free'),
  interface: text.optional().describe('the address to listen on; if left out 127.0.0.1, for a router all addresses'),
  version: z.literal([4, 6]).optional().describe('the version of IP'),
  backlog,
  tls: serverTls.optional().describe('TLS; none if left out'),
});

const listeningUnix = z.strictObject({
  type: z.literal('unix'),
  path: text.describe('the path of the socket'),
  backlog,
});

/**
 * The address that a server listens on.
 *
 * @see https://crossbar.io/docs/Transport-Endpoints/
 */
export const listeningEndpoint = z.discriminatedUnion('type', [listeningTcp, listeningUnix], {
  error: 'an endpoint of type tcp or unix',
});

/**
 * Whether an endpoint is only reachable from the same machine. Without `interface`, it listens on the loopback address
 * and is local.
 *
 * @example
 * ```ts
 * isLocal({ type: 'tcp', interface: '0.0.0.0', port: 7700 }); // false
 * ```
 */
export function isLocal(
  endpoint: { readonly type: 'unix' } | { readonly type: 'tcp'; readonly interface?: string | undefined },
): boolean {
  if (endpoint.type === 'unix') return true;
  const { interface: address = '127.0.0.1' } = endpoint;
  return address === 'localhost' || address === '::1' || address.startsWith('127.');
}

/** The validated address that a server listens on. */
export type ListeningEndpoint = z.output<typeof listeningEndpoint>;
/** The validated TLS options of a server. */
export type ServerTls = z.output<typeof serverTls>;

const timeout = z.number().positive().default(10).describe('time limit for connecting, in seconds');

/**
 * The address that a client connects to.
 *
 * @see https://crossbar.io/docs/Transport-Endpoints/
 */
export const connectingEndpoint = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('tcp'),
      host: text.describe('host name or address'),
      port: portNumber().describe('port'),
      timeout,
      tls: clientTls.optional().describe('TLS; if left out, as the URL says'),
    }),
    z.strictObject({ type: z.literal('unix'), path: text.describe('the path of the socket'), timeout }),
  ],
  { error: 'an object with type "tcp" (host, port) or "unix" (path)' },
);

/** The validated address that a client connects to. */
export type ConnectingEndpoint = z.output<typeof connectingEndpoint>;
