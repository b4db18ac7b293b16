import type { Life, Logger } from '@pgwamp/core/internal/component';
import { FunctionHost } from '@pgwamp/core/internal/functions';
import { type EndpointSession, openSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';
import type { CalleeConfiguration } from './configuration.ts';
import { Registrations } from './registrations.ts';
import { replaceHost } from './replace-desk.ts';

/** What a Callee remembers from one time that it serves to the next. */
export interface Progress {
  readonly calls: Calls;
  /** Of the session that it has. */
  registrations: Registrations | undefined;
  session: { id: number } | undefined;
}

/** What the parts of one time to serve share. */
interface Serving {
  readonly session: EndpointSession;
  readonly registrations: Registrations;
  readonly calls: Calls;
  readonly life: Life;
}

/**
 * Serves once: the endpoints of the database are registered at the router, until it is told to stop. While PostgreSQL is away for no
 * longer than the grace, the session and its registrations stay.
 *
 * @throws what was lost.
 */
export async function serve(
  configuration: CalleeConfiguration,
  progress: Progress,
  life: Life,
  log: Logger,
): Promise<void> {
  const { realm, extra } = configuration;
  const { grace, ...endpoints } = extra;
  const applicationName = `pgwamp callee ${realm}`;
  const options = { configuration: endpoints, applicationName, kind: 'registration', realm, log } as const;
  await using first = await FunctionHost.open(options);
  const onError = (error: unknown, message: string) => log.error({ err: error }, message);
  await using session = await openSession({ ...configuration, onError });
  const { calls } = progress;
  const registrations = new Registrations(session, calls, log);
  Object.assign(progress, { registrations, session: { id: session.id } });
  try {
    const ended = AbortSignal.any([life.stop, session.lost]);
    for (let next: FunctionHost | undefined = first; next; next = await replaceHost(options, grace, ended)) {
      await using host = next;
      await attend(host, { session, registrations, calls, life });
      if (ended.aborted) break;
      life.reconnecting(host.lost.reason);
    }
    session.lost.throwIfAborted();
  } finally {
    Object.assign(progress, { registrations: undefined, session: undefined });
  }
}

/**
 * Keeps the registrations as one host tells them. When told to stop it withdraws them, and waits for the calls that are in flight.
 *
 * @returns also when the host is lost.
 */
async function attend(host: FunctionHost, { session, registrations, calls, life }: Serving): Promise<void> {
  calls.host = host;
  try {
    await follow(host, registrations, life, AbortSignal.any([life.stop, session.lost]));
    session.lost.throwIfAborted();
    await registrations.withdraw();
    await calls.idle();
  } catch (error) {
    if (session.lost.aborted || !host.lost.aborted) throw error;
  } finally {
    calls.host = undefined;
  }
}

async function follow(host: FunctionHost, registrations: Registrations, life: Life, ended: AbortSignal): Promise<void> {
  using _retrying = registrations.keepTrying(host);
  let isFirst = true;
  for await (const changes of host.changes(ended)) {
    if (isFirst) await registrations.synchronize(changes.changed, host);
    else await registrations.apply(changes, host);
    isFirst = false;
    life.running();
  }
}
