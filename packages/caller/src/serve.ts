import { aborted, type RunContext, type UseContext } from '@pgwamp/core/internal/component';
import type { Connection } from '@pgwamp/core/internal/postgres';
import type { CallingSession } from '@pgwamp/core/internal/wamp';
import { advertise } from './advertisement.ts';
import { AsyncCalls } from './async/async-calls.ts';
import { AsyncTable } from './async/async-table.ts';
import { Handlers } from './async/handlers.ts';
import type { CallerContext } from './context.ts';
import { limitsOf } from './message-limits.ts';
import { type OpenLink, openLink } from './open-link.ts';
import { Streams } from './streams.ts';
import { TransactionWatch } from './transaction-watch.ts';

/**
 * Calls at the router what backends ask for, and what transactions have left behind, until it is told to stop. The session depends on
 * the connection to the database: when one of them is lost, both are opened again, and the calls of backends that are under
 * way end without an outcome.
 *
 * @throws only what retrying cannot fix.
 */
export function serve(context: CallerContext, { stop, cut }: RunContext): Promise<void> {
  const { database, session } = context;
  return database.keep(async (connection, { until, ready }) => {
    ready();
    await session.use((joined, use) => serveBackends(connection, joined, context, use, cut), until);
  }, stop);
}

/** Takes calls of both kinds. When told to stop it takes no more, and what is under way still gets its answer. */
async function serveBackends(
  connection: Connection,
  session: CallingSession,
  { configuration, state, log, applicationName, join }: CallerContext,
  use: UseContext,
  cut: AbortSignal,
): Promise<void> {
  const { realm, extra } = configuration;
  const limits = limitsOf(configuration);
  const streams = new Streams(join, limits, new TransactionWatch(connection));
  await using link = await openLink(configuration, state.calls.to({ session, limits, streams }), log);
  await using handlers = new Handlers(connection, {
    ...extra,
    ...extra.async,
    applicationName: `${applicationName} worker`,
  });
  const table = new AsyncTable(connection, realm);
  const { concurrency } = extra.async;
  const asyncCalls = await AsyncCalls.open({
    ...{ connection, session, limits, table, handlers, concurrency, log },
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

/** Is there for calls of both kinds from the advertisement on, until told to stop. */
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
