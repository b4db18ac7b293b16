import { elected, type Life, type Logger } from '@pgwamp/core/internal/component';
import { Connection } from '@pgwamp/core/internal/postgres';
import {
  type Changeover,
  type Counts,
  DatabaseOutcomes,
  type Delivery,
  dropIdleSlot,
  Pump,
  remainderOf,
  type Source,
} from '@pgwamp/core/internal/sources';
import { openSession, type PublishingSession } from '@pgwamp/core/internal/wamp';
import type { PublisherConfiguration } from './configuration.ts';
import type { Culprits } from './culprits.ts';
import { openSource } from './open-source.ts';
import { prepareDatabase } from './prepare-database.ts';
import { startPulse } from './pulse.ts';
import { sessionSink } from './session-sink.ts';
import { officeOf } from './settle-delivery.ts';

/** What a Publisher remembers from one time that it serves to the next. */
export interface Progress {
  readonly counts: Counts;
  dropped: number;
  /** See `Flow`. */
  readonly suspects: Set<string>;
  readonly culprits: Culprits;
  lag: { bytes: number; rows: number };
  delivery: Delivery | undefined;
  database: { processId: number; slot: string | undefined } | undefined;
  session: { id: number } | undefined;
  inFlight: () => number;
}

/** What the parts of one time to serve share. */
export interface Serving {
  readonly configuration: PublisherConfiguration;
  readonly progress: Progress;
  readonly log: Logger;
  readonly connection: Connection;
  readonly applicationName: string;
}

/**
 * Serves once: source → pump → session, from the moment that this Publisher is elected until it is told to stop.
 *
 * @throws what was lost.
 */
export async function serve(
  configuration: PublisherConfiguration,
  progress: Progress,
  life: Life,
  log: Logger,
): Promise<void> {
  const { realm, extra } = configuration;
  const applicationName = `pgwamp publisher ${realm}`;
  await using connection = await Connection.open(extra.database, applicationName);
  if (!(await elected(connection, officeOf(realm), life.stop, life.standingBy))) return;
  const serving: Serving = { configuration, progress, log, connection, applicationName };
  const { delivery, slot } = await prepareDatabase(serving);
  const onError = (error: unknown, message: string) => log.error({ err: error }, message);
  await using session = await openSession({ ...configuration, onError });
  progress.delivery = delivery;
  progress.database = { processId: connection.processId, slot: delivery === 'wal' ? slot : undefined };
  progress.session = { id: session.id };
  try {
    await deliver(
      serving,
      { connection, configuration: extra.database, applicationName, realm, slot, delivery },
      session,
      life,
    );
  } finally {
    Object.assign(progress, { delivery: undefined, database: undefined, session: undefined, inFlight: () => 0 });
  }
}

/** First what another delivery has left, then what comes. */
async function deliver(
  serving: Serving,
  changeover: Changeover,
  session: PublishingSession,
  life: Life,
): Promise<void> {
  await using source = await openSource(serving, changeover, life.stop);
  life.running();
  const lost = AbortSignal.any([serving.connection.lost, session.lost]);
  await deliverRemainder(serving, changeover, session, life.stop, lost);
  using pulse = startPulse(serving, changeover.delivery);
  await pumpFrom(source, serving, session, life.stop, AbortSignal.any([lost, pulse.failed]));
}

async function deliverRemainder(
  serving: Serving,
  changeover: Changeover,
  session: PublishingSession,
  stop: AbortSignal,
  lost: AbortSignal,
): Promise<void> {
  const waiting = (processIds: readonly number[]) =>
    serving.log.warn({ processIds }, 'the delivery was changed: waiting for transactions that began before');
  for (;;) {
    await using remainder = await remainderOf(changeover, AbortSignal.any([stop, lost]), waiting);
    if (!remainder || stop.aborted) return;
    await pumpFrom(remainder, serving, session, stop, lost);
    if (stop.aborted) return;
    await remainder[Symbol.asyncDispose]();
    await dropIdleSlot(changeover);
  }
}

async function pumpFrom(
  source: Source,
  { configuration, progress, connection }: Serving,
  session: PublishingSession,
  stop: AbortSignal,
  lost: AbortSignal,
): Promise<void> {
  const { publications, bytes } = configuration.extra.window;
  const pump = new Pump({
    source,
    sink: progress.culprits.guard(sessionSink(session)),
    outcomes: progress.culprits.observe(new DatabaseOutcomes(connection, configuration.realm)),
    window: { publications, characters: bytes },
    counts: progress.counts,
    suspects: progress.suspects,
  });
  progress.inFlight = () => pump.inFlight;
  await pump.run(stop, lost);
  if (!stop.aborted) lost.throwIfAborted();
}
