import { RouterOptionError } from '../errors.ts';
import type { Listener } from '../listening/listen.ts';
import type { UriStyle } from '../matching/uri-rules.ts';
import { createRouter, type Router } from '../router.ts';
import { listenOptionsFrom } from './listen-options.ts';
import type { ConfiguredTransport } from './transport-schema.ts';
import type { Worker } from './worker-schema.ts';

/** A router that does what its configuration says. */
export interface RunningWorker {
  /** For components in the same process. */
  readonly router: Router;
  /** What clients connect to. */
  readonly urls: readonly string[];
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

/** How URIs are checked is one decision for all realms. */
function uriStyleOf({ realms }: Worker): UriStyle {
  const styles = new Set(realms.map(({ options }) => options?.uri_check ?? 'loose'));
  const [style = 'loose', another] = styles;
  if (another === undefined) return style;
  throw new RouterOptionError('realms: expected one options.uri_check for all of them, found loose and strict');
}

/**
 * Starts a router with the realms and transports of a configuration.
 *
 * @throws RouterOptionError for what the router does not have
 * @throws ListenError if one of the addresses is not to be had; then nothing is left running
 */
export async function startWorker(worker: Worker, onError: (error: Error) => void): Promise<RunningWorker> {
  const { limits = {} } = worker;
  const realms = worker.realms.map(({ name, roles, store }) => ({ name, roles, store }));
  const router = createRouter({ realms, limits, uris: uriStyleOf(worker), onError });
  const listeners = await openAll(router, worker);
  return { router, urls: listeners.map(({ url }) => url), close: () => router.close() };
}
