import { SessionLostError } from '@pgwamp/core';
import { aborted, type RunContext, type UseContext } from '@pgwamp/core/internal/component';
import type { EndpointChanges, FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { CalleeContext } from './context.ts';
import { Registrations } from './registrations.ts';

/**
 * Number of lost sessions to remember. Several may be lost before the router notices the loss of the first one.
 */
const maxDeadSessions = 10;

/**
 * Registers the endpoints of the database at the router until `stop`. Database and session are independent: the session
 * and its registrations remain while PostgreSQL is away for no longer than `grace`.
 *
 * @throws only errors that retrying cannot fix.
 */
export function serve(context: CalleeContext, { stop, cut }: RunContext): Promise<void> {
  return context.database.keepWhile(
    (host, use) => followEndpoints(host, use, context),
    (failed) => {
      const until = AbortSignal.any([stop, failed]);
      return context.session.keep((session, use) => offerEndpoints(session, use, context, cut), until);
    },
  );
}

/** Applies changes of the database to the registrations. */
async function followEndpoints(
  host: FunctionHost,
  { until, ready }: UseContext,
  { state }: CalleeContext,
): Promise<void> {
  let isFirst = true;
  for await (const changes of host.changes(until)) {
    await apply(isFirst ? withVanished(changes, state) : changes, state);
    isFirst = false;
    ready();
  }
}

/** A new host only reports existing endpoints, so the removed ones are determined here. */
function withVanished({ changed }: EndpointChanges, { endpoints }: CalleeContext['state']): EndpointChanges {
  const known = new Set(changed.map(({ id }) => id));
  return { changed, removed: [...endpoints.keys()].filter((id) => !known.has(id)) };
}

async function apply(changes: EndpointChanges, { endpoints, registrations }: CalleeContext['state']): Promise<void> {
  for (const endpoint of changes.changed) endpoints.set(endpoint.id, endpoint);
  for (const id of changes.removed) endpoints.delete(id);
  try {
    await registrations?.apply(changes);
  } catch (error) {
    // The next session registers everything.
    if (!(error instanceof SessionLostError)) throw error;
  }
}

/**
 * Registers all endpoints in a new session. After `stop`, or when PostgreSQL has been away for too long, it withdraws
 * them. After `stop`, it also waits for running calls.
 */
async function offerEndpoints(
  session: EndpointSession,
  { until, ready }: UseContext,
  { database, calls, state, grace, log }: CalleeContext,
  cut: AbortSignal,
): Promise<void> {
  const registrations = new Registrations(session, state.deadSessions, calls, log);
  state.registrations = registrations;
  using absence = database.absence(grace);
  try {
    await registrations.apply({ changed: [...state.endpoints.values()], removed: [] });
    ready();
    using _retrying = registrations.retryRefused();
    await aborted(AbortSignal.any([until, session.lost, absence.signal]));
    if (session.lost.aborted) return;
    if (absence.signal.aborted) log.warn('PostgreSQL has been away for %d ms: the registrations are withdrawn', grace);
    await registrations.withdraw();
    if (until.aborted) await Promise.race([calls.idle(), aborted(cut)]);
  } finally {
    state.registrations = undefined;
    if (session.lost.aborted) state.deadSessions = new Set([...state.deadSessions, session.id].slice(-maxDeadSessions));
    registrations.forget();
  }
}
