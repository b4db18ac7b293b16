import type { WampError } from '@pgwamp/core';
import type { Part, RunContext, UseContext } from '@pgwamp/core/internal/component';
import { elected } from '@pgwamp/core/internal/election';
import { Pump, type Source } from '@pgwamp/core/internal/pipeline';
import { type Connection, explained, Notifications } from '@pgwamp/core/internal/postgres';
import type { Publication } from '@pgwamp/core/internal/sources';
import type { PublishingSession } from '@pgwamp/core/internal/wamp';
import { electionLock } from './choose-delivery.ts';
import type { PublisherContext } from './context.ts';
import { type DeliverySwitch, formerBacklogs } from './delivery-switch.ts';
import { reportIdleSlots } from './idle-slots.ts';
import { startLagMonitor } from './lag-monitor.ts';
import { openSource } from './open-source.ts';
import { installSchema, isKnownRealm, prepareDatabase } from './prepare-database.ts';
import { PublicationReceipts } from './publication-receipts.ts';
import { replacingUnreadable } from './unreadable-slot.ts';
import { wampSink } from './wamp-sink.ts';

/** The parts of a Publisher. */
export interface PublisherParts {
  readonly database: Part<Connection>;
  readonly session: Part<PublishingSession>;
}

/**
 * Delivers publications until `stop`: source → pump → session, while this Publisher is elected. The session depends on
 * the connection to the database. When one of them is lost, both are opened again.
 *
 * @throws only errors that retrying cannot fix.
 */
export function serve(
  { database, session }: PublisherParts,
  base: Omit<PublisherContext, 'connection' | 'notifications'>,
  run: RunContext,
): Promise<void> {
  const { state, configuration } = base;
  const { realm, extra } = configuration;
  return database.keep(async (connection, { ready, until }) => {
    const election = electionLock(realm);
    await explained(extra.database, () => installSchema({ ...base, connection }, until));
    if (!(await explained(extra.database, () => elected(connection, election, until, run.standby, base.waits)))) return;
    await using notifications = new Notifications(extra.database, base.applicationName, base.log);
    const context = { ...base, connection, notifications };
    const prepare = () => explained(extra.database, () => prepareDatabase(context, until));
    const isKnown = await explained(extra.database, () => isKnownRealm(context));
    const prepared = isKnown ? await prepare() : undefined;
    ready();
    await session.use(async (publishing, use) => {
      let { delivery, slot, isProvisional } = prepared ?? (await prepare());
      try {
        for (;;) {
          state.delivering = { delivery, slot: delivery === 'wal' ? slot : undefined, pump: undefined };
          const change = { context, slot, delivery };
          const work = isProvisional ? deliverFormer : deliver;
          await replacingUnreadable(change, () => work(change, publishing, use, run.cut));
          if (!isProvisional || use.until.aborted) return;
          ({ delivery, slot, isProvisional } = await prepare());
        }
      } finally {
        state.delivering = undefined;
      }
    }, until);
  }, run.stop);
}

/** Delivers the backlog of a former delivery, then the delivery in force. */
async function deliver(
  change: DeliverySwitch,
  session: PublishingSession,
  { until, ready }: UseContext,
  cut: AbortSignal,
): Promise<void> {
  const { context, slot, delivery } = change;
  const { database } = context.configuration.extra;
  await using source = await explained(database, () => openSource(context, delivery, slot, until));
  await reportIdleSlots(context, slot);
  ready();
  const lost = AbortSignal.any([context.connection.lost, session.lost, cut]);
  await deliverBacklogs(change, session, until, lost);
  using monitor = startLagMonitor(context, delivery);
  await pumpFrom(source, context, session, until, AbortSignal.any([lost, monitor.failed]));
}

/** Delivers only the backlog of a former delivery, because the delivery in force will change again. */
async function deliverFormer(
  change: DeliverySwitch,
  session: PublishingSession,
  { until, ready }: UseContext,
  cut: AbortSignal,
): Promise<void> {
  ready();
  await deliverBacklogs(change, session, until, AbortSignal.any([change.context.connection.lost, session.lost, cut]));
}

async function deliverBacklogs(
  change: DeliverySwitch,
  session: PublishingSession,
  stop: AbortSignal,
  lost: AbortSignal,
): Promise<void> {
  for await (const backlog of formerBacklogs(change, AbortSignal.any([stop, lost]))) {
    if (!stop.aborted) await pumpFrom(backlog, change.context, session, stop, lost);
  }
}

async function pumpFrom(
  source: Source<Publication>,
  context: PublisherContext,
  session: PublishingSession,
  stop: AbortSignal,
  lost: AbortSignal,
): Promise<void> {
  const { configuration, state, connection } = context;
  const { publications, bytes } = configuration.extra.window;
  const pump = new Pump({
    source,
    sink: wampSink(session),
    receipts: new PublicationReceipts(connection, configuration.realm, state.recent, (publication, error) =>
      reportRefusal(context, publication, error),
    ),
    window: { messages: publications, bytes },
    counts: state.counts,
    quarantine: state.quarantine,
  });
  if (state.delivering) state.delivering.pump = pump;
  await pump.run(stop, lost);
  if (!stop.aborted) lost.throwIfAborted();
}

/** Logs once a minute for each topic, because any role may publish to any topic. */
function reportRefusal({ state, log }: PublisherContext, { id, channel: topic }: Publication, error: WampError): void {
  const held = state.refusals.pass(topic);
  if (held === undefined) return;
  const fields = { topic, id, error: error.error, repeated: held };
  log.warn(
    fields,
    'publication refused: %s; it is stored in crossbar.refused_publication',
    error.message.slice(0, 500),
  );
}
