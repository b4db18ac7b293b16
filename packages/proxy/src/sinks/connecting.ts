import { type ClientTls, type ClientTlsOptions, clientTls, clientTlsOptions, milliseconds } from '@pgwamp/config';
import * as z from 'zod';
import { PackageMissingError } from '../errors.ts';

/** The time limits of a sink that connects to a broker. */
export const timeouts = {
  connect_timeout: milliseconds({ min: 1 }).default(10_000).describe('time limit for connecting, in milliseconds'),
  confirm_timeout: milliseconds({ min: 1 })
    .default(30_000)
    .describe('milliseconds to wait for a confirmation before the connection is considered lost'),
};

/** The options of all sinks that connect to a broker. */
export const connecting = {
  tls: clientTls.optional().describe('TLS: certificates to trust and to present'),
  ...timeouts,
};

/** The schema of a URI option with certain schemes. */
export function uri(example: string, ...schemes: readonly string[]) {
  const form = new RegExp(`^(${schemes.join('|')})://[^\\s]+$`, 'i');
  return z
    .string()
    .refine((text) => form.test(text) && URL.canParse(text), { error: `a URI such as ${example}` })
    .describe(`URI of the broker, for example ${example}`);
}

/** The address of a broker for messages, without secrets: `amqp://broker.example.com:5672`. */
export function brokerOf(uri: string): string {
  const { protocol, host } = new URL(uri);
  return `${protocol}//${host}`;
}

/** The user and the password of a URI, decoded. */
export function credentialsOf(uri: string): { readonly username?: string; readonly password?: string } {
  const { username, password } = new URL(uri);
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
}

/** The schemes without TLS, and those with it, by which the libraries choose. */
const withTls: Readonly<Record<string, string>> = {
  'amqp:': 'amqps',
  'mqtt:': 'mqtts',
  'tcp:': 'mqtts',
  'ws:': 'wss',
  'redis:': 'rediss',
  'http:': 'https',
};

/** What is wrong with the TLS options of a sink: they would have no effect with its URI. */
export function tlsProblem(sink: object): string | undefined {
  const { tls, url, uri = url } = sink as Readonly<Record<string, unknown>>;
  if (!tls || typeof uri !== 'string' || !URL.canParse(uri)) return undefined;
  const { protocol } = new URL(uri);
  const secure = withTls[protocol];
  return secure && `has no effect with ${protocol}//; write ${secure}://`;
}

/** The TLS options of a sink for Node.js; none if its URI requires a plain connection. */
export function tlsOf(uri: string, tls: ClientTls | undefined, sink: string): ClientTlsOptions {
  const { protocol, hostname } = new URL(uri);
  const isSecure = /s:$/.test(protocol) || tls === true || typeof tls === 'object';
  return isSecure ? clientTlsOptions(tls, hostname.replaceAll(/^\[|\]$/g, ''), ['sinks', sink, 'tls']) : {};
}

/**
 * Loads the library of a sink.
 *
 * @throws `PackageMissingError` if it is not installed.
 */
export async function load<Library>(
  sink: string,
  packages: readonly string[],
  imported: () => Promise<Library>,
): Promise<Library> {
  try {
    return await imported();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new PackageMissingError(sink, packages, { cause: error });
  }
}

/**
 * Limits the total time of connecting, for libraries without such a limit.
 *
 * @throws an error when it takes longer.
 */
export async function within<Result>(milliseconds: number, connecting: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}
