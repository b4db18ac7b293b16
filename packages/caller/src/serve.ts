import { StoppedError } from '@pgwamp/core';
import type { Life, Logger } from '@pgwamp/core/internal/component';
import { openControlConnection } from '@pgwamp/core/internal/functions';
import type { Connection } from '@pgwamp/core/internal/postgres';
import { type CallingSession, openSession } from '@pgwamp/core/internal/wamp';
import { advertise } from './advertisement.ts';
import { AsyncCalls, type AsyncCounts } from './async/async-calls.ts';
import { AsyncTable } from './async/async-table.ts';
import { Handlers } from './async/handlers.ts';
import { Calls } from './calls.ts';
import type { CallerConfiguration } from './configuration.ts';
import { limitsOf } from './message-limits.ts';
import { type OpenLink, openLink } from './open-link.ts';
import { Streams } from './streams.ts';
import { TransactionWatch } from './transaction-watch.ts';

/** What a Caller remembers from one time that it serves to the next. */
export interface Progress {
  readonly calls: Calls;
  readonly asyncCounts: AsyncCounts;
  /** See `AsyncParts`. */
  readonly suspects: Set<string>;
  /** While it serves. */
  serving: Serving | undefined;
}

/** What there is of one time to serve. */
interface Serving {
  readonly connection: Connection;
  readonly session: CallingSession;
  readonly link: OpenLink;
  readonly asyncCalls: AsyncCalls;
}

/**
 * Serves once: whatever backends ask for is called at the router, and whatever transactions have left behind, until it is told to stop.
 * Then it takes no more, and what is under way still gets its answer.
 *
 * @throws what was lost; then the calls of backends that are under way end without an outcome.
 */
export async function serve(
  configuration: CallerConfiguration,
  progress: Progress,
  life: Life,
  log: Logger,
): Promise<void> {
  const { realm, extra } = configuration;
  const applicationName = `pgwamp caller ${realm}`;
  const onError = (error: unknown, message: string) => log.error({ err: error }, message);
  const join = () => openSession({ ...configuration, onError });
  await using connection = await openControlConnection(extra.database, applicationName, log);
  await using session = await join();
  const giveUp = new AbortController();
  const limits = limitsOf(configuration);
  const streams = new Streams(join, limits, new TransactionWatch(connection));
  await using link = await openLink(configuration, progress.calls.to({ session, limits, streams }), log);
  await using handlers = new Handlers(connection, {
    ...extra,
    ...extra.async,
    applicationName: `${applicationName} worker`,
  });
  const table = new AsyncTable(connection, realm);
  const { concurrency } = extra.async;
  const asyncCalls = await AsyncCalls.open({
    ...{ connection, session, limits, table, handlers, concurrency, log },
    counts: progress.asyncCounts,
    suspects: progress.suspects,
    giveUp: giveUp.signal,
  });
  progress.serving = { connection, session, link, asyncCalls };
  try {
    await attend(configuration, progress.serving, life);
    await drain(progress.serving, extra.drain, giveUp);
  } finally {
    progress.serving = undefined;
  }
}

/** Is there for calls of both kinds from the advertisement on, until told to stop. */
async function attend(
  { realm }: CallerConfiguration,
  { connection, link, asyncCalls }: Serving,
  life: Life,
): Promise<void> {
  const { address, secret, tls } = link;
  await using _advertisement = await advertise(connection, { realm, ...address, secret, tls });
  life.running();
  await asyncCalls.run(life.stop);
}

/** Waits for what is under way, but not too long: then it is given up. */
async function drain({ link, asyncCalls }: Serving, timeout: number, giveUp: AbortController): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    giveUp.abort(new StoppedError());
    resolve();
  }, timeout);
  await Promise.race([link.link.drain(), over]);
  await asyncCalls.idle();
  clearTimeout(timer);
}

/** What a Caller remembers before it has served. */
export function beginning(): Progress {
  return {
    calls: new Calls(),
    asyncCounts: { calls: 0, failed: 0, failedHandlers: 0 },
    suspects: new Set(),
    serving: undefined,
  };
}
