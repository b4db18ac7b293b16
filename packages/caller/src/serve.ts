import { aborted, type RunContext, type UseContext } from '@pgwamp/core/internal/component';
import type { Connection } from '@pgwamp/core/internal/postgres';
import type { CallingSession } from '@pgwamp/core/internal/wamp';
import { advertise } from './advertisement.ts';
import { AsyncCalls } from './async/async-calls.ts';
import { AsyncTable } from './async/async-table.ts';
import { Handlers } from './async/handlers.ts';
import type { CallerContext } from './context.ts';
import { type OpenLink, openLink } from './open-link.ts';
import { Streams } from './streams.ts';
import { TransactionWatch } from './transaction-watch.ts';

/**
 * Makes the calls of backends and the queued asynchronous calls at the router, until `stop`. The session depends on the
 * connection to the database. When one of them is lost, both are opened again, and the running calls of backends end
 * without an outcome.
 *
 * @throws only errors that retrying cannot fix.
 */
export function serve(context: CallerContext, { stop, cut }: RunContext): Promise<void> {
  const { database, session } = context;
  return database.keep(async (connection, { until, ready }) => {
    ready();
    await session.use((joined, use) => serveBackends(connection, joined, context, use, cut), until);
  }, stop);
}

/** Accepts both kinds of calls. After `stop`, it accepts no more, and running calls are still answered. */
async function serveBackends(
  connection: Connection,
  session: CallingSession,
  { configuration, state, log, applicationName, join }: CallerContext,
  use: UseContext,
  cut: AbortSignal,
): Promise<void> {
  const { realm, extra } = configuration;
  const streams = new Streams(join, new TransactionWatch(connection));
  await using link = await openLink(configuration, state.calls.to({ session, streams, log }), log);
  await using handlers = new Handlers(connection, {
    ...extra,
    ...extra.async,
    applicationName: `${applicationName} worker`,
  });
  const table = new AsyncTable(connection, realm);
  const { concurrency } = extra.async;
  const asyncCalls = await AsyncCalls.open({
    ...{ connection, session, table, handlers, concurrency, log },
    counts: state.asyncCounts,
    suspects: state.suspects,
    giveUp: cut,
  });
  state.open = { link, asyncCalls };
  try {
    await attend(connection, realm, state.open, use);
    await Promise.race([link.link.drain(), aborted(cut)]);
    await asyncCalls.idle();
  } finally {
    state.open = undefined;
  }
}

/** Advertises the link and makes asynchronous calls until `until` aborts. */
async function attend(
  connection: Connection,
  realm: string,
  { link, asyncCalls }: { readonly link: OpenLink; readonly asyncCalls: AsyncCalls },
  { until, ready }: UseContext,
): Promise<void> {
  const { address, secret, tls } = link;
  await using _advertisement = await advertise(connection, { realm, ...address, secret, tls });
  ready();
  await asyncCalls.run(until);
}
