import { elected, type Life, type Logger } from '@pgwamp/core/internal/component';
import { Pump, type Source } from '@pgwamp/core/internal/pipeline';
import { Connection } from '@pgwamp/core/internal/postgres';
import { openSession, type PublishingSession } from '@pgwamp/core/internal/wamp';
import { electionLock } from './choose-delivery.ts';
import type { PublisherConfiguration } from './configuration.ts';
import type { PublisherContext, PublisherState } from './context.ts';
import { type DeliverySwitch, dropIdleSlot, openFormerBacklog } from './delivery-switch.ts';
import { startLagMonitor } from './lag-monitor.ts';
import { openSource } from './open-source.ts';
import { prepareDatabase } from './prepare-database.ts';
import type { Publication } from './publication.ts';
import { PublicationReceipts } from './publication-receipts.ts';
import { wampSink } from './wamp-sink.ts';

/**
 * Serves once: source → pump → session, from the moment that this Publisher is elected until it is told to stop.
 *
 * @throws what was lost.
 */
export async function serve(
  configuration: PublisherConfiguration,
  state: PublisherState,
  life: Life,
  log: Logger,
): Promise<void> {
  const { realm, extra } = configuration;
  const applicationName = `pgwamp publisher ${realm}`;
  await using connection = await Connection.open(extra.database, applicationName);
  if (!(await elected(connection, electionLock(realm), life.stop, life.standingBy))) return;
  const context: PublisherContext = { configuration, state, log, connection, applicationName };
  const { delivery, slot } = await prepareDatabase(context);
  const onError = (error: unknown, message: string) => log.error({ err: error }, message);
  await using session = await openSession({ ...configuration, onError });
  state.delivery = delivery;
  state.database = { processId: connection.processId, slot: delivery === 'wal' ? slot : undefined };
  state.session = { id: session.id };
  try {
    await deliver({ context, slot, delivery }, session, life);
  } finally {
    Object.assign(state, { delivery: undefined, database: undefined, session: undefined, inFlight: () => 0 });
  }
}

/** First what another delivery has left, then what comes. */
async function deliver(change: DeliverySwitch, session: PublishingSession, life: Life): Promise<void> {
  const { context, slot, delivery } = change;
  await using source = await openSource(context, delivery, slot, life.stop);
  life.running();
  const lost = AbortSignal.any([context.connection.lost, session.lost]);
  await deliverFormerBacklog(change, session, life.stop, lost);
  using monitor = startLagMonitor(context, delivery);
  await pumpFrom(source, context, session, life.stop, AbortSignal.any([lost, monitor.failed]));
}

async function deliverFormerBacklog(
  change: DeliverySwitch,
  session: PublishingSession,
  stop: AbortSignal,
  lost: AbortSignal,
): Promise<void> {
  const waiting = (processIds: readonly number[]) =>
    change.context.log.warn({ processIds }, 'the delivery was changed: waiting for transactions that began before');
  for (;;) {
    await using backlog = await openFormerBacklog(change, AbortSignal.any([stop, lost]), waiting);
    if (!backlog || stop.aborted) return;
    await pumpFrom(backlog, change.context, session, stop, lost);
    if (stop.aborted) return;
    await backlog[Symbol.asyncDispose]();
    await dropIdleSlot(change);
  }
}

async function pumpFrom(
  source: Source<Publication>,
  { configuration, state, connection }: PublisherContext,
  session: PublishingSession,
  stop: AbortSignal,
  lost: AbortSignal,
): Promise<void> {
  const { publications, bytes } = configuration.extra.window;
  const pump = new Pump({
    source,
    sink: wampSink(session),
    receipts: new PublicationReceipts(connection, configuration.realm),
    window: { messages: publications, bytes },
    counts: state.counts,
    quarantine: state.quarantine,
  });
  state.inFlight = () => pump.inFlight;
  await pump.run(stop, lost);
  if (!stop.aborted) lost.throwIfAborted();
}
