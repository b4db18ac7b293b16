import { RouterOptionError } from '../errors.ts';
import type { Listener, ListenOptions } from '../listening/listen.ts';
import type { UriStyle } from '../matching/uri-rules.ts';
import { type RouterOptions, resolveOptions } from '../options.ts';
import type { Router } from '../router.ts';
import type { ConfiguredTransport } from './transport-schema.ts';
import type { Worker } from './worker-schema.ts';

/** A running router with its configuration. */
export interface RunningWorker {
  /** For components in the same process. */
  readonly router: Router;
  /** The URLs that clients connect to. */
  readonly urls: readonly string[];
  /** The URLs that name only one of the addresses that the router listens on: it listens on all of this machine. */
  readonly openUrls: readonly string[];
  close(): Promise<void>;
}

async function open(router: Router, transport: ConfiguredTransport, index: number): Promise<Listener> {
  try {
    return await router.listen(listenOptionsFrom(transport));
  } catch (error) {
    if (!(error instanceof RouterOptionError)) throw error;
    throw new RouterOptionError(`transports[${index}].${error.message}`, { cause: error });
  }
}

async function openAll(router: Router, { transports }: Worker): Promise<readonly Listener[]> {
  try {
    return await Promise.all(transports.map((transport, index) => open(router, transport, index)));
  } catch (error) {
    await router.close();
    throw error;
  }
}

/** The strictness of URI checks applies to all realms of a router. */
function uriStyleOf({ realms }: Worker): UriStyle {
  const styles = new Set(realms.map(({ options }) => options?.uri_check ?? 'loose'));
  const [style = 'loose', another] = styles;
  if (another === undefined) return style;
  throw new RouterOptionError('realms: expected one options.uri_check for all of them, found loose and strict');
}

function routerOptionsOf(worker: Worker): RouterOptions {
  const realms = worker.realms.map(({ name, roles, store }) => ({ name, roles, store }));
  return { realms, limits: worker.limits ?? {}, uris: uriStyleOf(worker) };
}

/**
 * Checks the parts of a configuration that only the router itself can check, for example its limits.
 *
 * @example
 * ```ts
 * checkWorker(readWorker(configuration, process.env)); // throws for `limits: { maxSessions: -1 }`
 * ```
 *
 * @throws RouterOptionError
 */
export function checkWorker(worker: Worker): void {
  resolveOptions(routerOptionsOf(worker));
}

/**
 * Starts a router with the realms and transports of a configuration.
 *
 * @example
 * ```ts
 * const worker = readWorker(configuration, process.env);
 * const running = await startWorker(worker, (error) => console.error(error));
 * console.log(running.urls); // [ 'ws://127.0.0.1:8080/ws' ]
 * await running.close();
 * ```
 *
 * @throws RouterOptionError for an unsupported option
 * @throws ListenError if an address cannot be opened; all other listeners are closed then
 */
export async function startWorker(worker: Worker, onError: (error: Error) => void): Promise<RunningWorker> {
  // Loaded on demand: most processes that read a configuration run no router.
  const { createRouter } = await import('../router.ts');
  const router = createRouter({ ...routerOptionsOf(worker), onError });
  const listeners = await openAll(router, worker);
  const urls = listeners.map(({ url }) => url);
  const openUrls = urls.filter((_, index) => isOpen(worker.transports[index]?.endpoint));
  return { router, urls, openUrls, close: () => router.close() };
}

// The interfaces that Crossbar.io uses for an endpoint without one.
const ALL_INTERFACES = { 4: '0.0.0.0', 6: '::' } as const;

function isOpen(endpoint: ConfiguredTransport['endpoint'] | undefined): boolean {
  if (endpoint?.type !== 'tcp') return false;
  return endpoint.interface === undefined || Object.values<string>(ALL_INTERFACES).includes(endpoint.interface);
}

/** A configured transport as options of `listen()`. */
function listenOptionsFrom({ endpoint, ...transport }: ConfiguredTransport): ListenOptions {
  const isDefault = endpoint.type === 'tcp' && endpoint.interface === undefined;
  const where = isDefault ? { ...endpoint, interface: ALL_INTERFACES[endpoint.version ?? 4] } : endpoint;
  return { ...transport, endpoint: where } as ListenOptions;
}
