import { setTimeout as sleep } from 'node:timers/promises';
import { workerLogin } from '@pgwamp/config';
import { type Part, ResourceStack, type RunContext, type UseContext } from '@pgwamp/core/internal/component';
import { elected } from '@pgwamp/core/internal/election';
import { type Connection, explained, type Lsn, Notifications } from '@pgwamp/core/internal/postgres';
import type { ProxyContext, ProxyState } from './context.ts';
import { Cursors } from './cursors/cursors.ts';
import { identityOf } from './delivery/unanswered.ts';
import { isPaused, startMonitor } from './monitor.ts';
import { openRouting } from './open-routing.ts';
import { logSources, openStreams, sinksOf } from './open-streams.ts';
import { ParkedTable } from './parked/parked-table.ts';
import { type Prepared, prepareDatabase } from './prepare-database.ts';
import { announcePresence } from './presence-connection.ts';
import { checkRoutes } from './routing/check-routes.ts';
import { namedFunctions } from './routing/named-functions.ts';
import { type ServedSink, Serving } from './serving.ts';
import type { OpenSink } from './sinks/sink.ts';
import type { Stream } from './streams/stream.ts';

/** The parts of a Proxy: the connection to PostgreSQL, and one connection for each sink. */
export interface ProxyParts {
  readonly database: Part<Connection>;
  readonly brokers: ReadonlyMap<string, Part<OpenSink>>;
}

/** The context of a Proxy before it is connected. */
type ProxyBase = Omit<ProxyContext, 'connection' | 'notifications'>;

/** Interval in milliseconds to check whether a paused Proxy should continue. */
const pauseInterval = 500;

/**
 * Reads and sends until stopped. The brokers stay connected when PostgreSQL is lost, and PostgreSQL when a broker is
 * lost.
 *
 * @throws only errors that retrying cannot fix.
 */
export async function serve(
  { database, brokers }: ProxyParts,
  given: Omit<ProxyBase, 'functions'>,
  run: RunContext,
): Promise<void> {
  const base = { ...given, functions: namedFunctions(given.configuration.extra.routes) };
  const failed = new AbortController();
  const stop = AbortSignal.any([run.stop, failed.signal]);
  const tasks = [
    database.keep((connection, use) => serveDatabase(connection, use, base, brokers, run), stop),
    ...[...brokers].map(([name, part]) =>
      part.keep((open, use) => deliver(name, open, base.state, use, run.cut), stop),
    ),
    ...[...brokers].map(([name, part]) => parkWhileDown(name, part, base, stop)),
  ];
  for (const task of tasks) task.catch((error: unknown) => failed.abort(error));
  const results = await Promise.allSettled(tasks);
  if (results.some(({ status }) => status === 'rejected')) throw failed.signal.reason;
}

/** Delivers the messages of the Proxy to one sink, whenever the Proxy serves. */
async function deliver(
  name: string,
  open: OpenSink,
  state: ProxyState,
  { until, ready }: UseContext,
  cut: AbortSignal,
) {
  ready();
  while (!until.aborted) {
    const serving = await state.serving.present(AbortSignal.any([until, open.lost]));
    if (!serving) return;
    await serving.deliver(name, open, until, cut);
    if (open.lost.aborted) return;
  }
}

/**
 * Parks the messages of a broker that has been down for too long, if the sink is configured so; they are delivered
 * later.
 */
async function parkWhileDown(
  name: string,
  part: Part<OpenSink>,
  { configuration, state, log }: ProxyBase,
  stop: AbortSignal,
) {
  const options = configuration.extra.sinks[name];
  const sink = state.sinks.get(name);
  if (!options || !sink) return;
  while (!stop.aborted) {
    using absence = part.absence(options.down_after);
    await anyAborted(absence.signal, stop);
    if (stop.aborted) return;
    sink.downSince = new Date(Date.now() - options.down_after);
    const why = `the broker of sink ${name} has been down since ${sink.downSince.toISOString()}`;
    const fate = options.on_down === 'park' ? 'its messages are parked' : 'PostgreSQL keeps its messages';
    log.error({ sink: name }, `${why}; ${fate} until it is back`);
    const back = new AbortController();
    const returned = part.present(stop).then(
      () => back.abort(),
      () => back.abort(),
    );
    if (options.on_down === 'park') await parkUntil(name, state, why, back.signal);
    await returned;
    sink.downSince = undefined;
    if (!stop.aborted) log.info({ sink: name }, 'the broker of sink %s is back', name);
  }
}

async function parkUntil(name: string, state: ProxyState, why: string, back: AbortSignal): Promise<void> {
  while (!back.aborted) {
    const serving = await state.serving.present(back);
    await serving?.parkAll(name, why, back);
  }
}

async function anyAborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return;
  await new Promise((resolve) => any.addEventListener('abort', resolve, { once: true }));
}

async function serveDatabase(
  connection: Connection,
  { until, ready }: UseContext,
  base: ProxyBase,
  brokers: ProxyParts['brokers'],
  run: RunContext,
): Promise<void> {
  const { name, database } = base.configuration.extra;
  if (!(await elected(connection, `proxy ${name}`, until, run.standby, base.waits))) return;
  await using notifications = new Notifications(database, base.applicationName, base.log);
  const context = { ...base, connection, notifications };
  while (!until.aborted) {
    const prepared = await explained(database, () => prepareDatabase(context, until));
    if (prepared.hasState && (await isPaused(context))) {
      ready();
      await untilResumed(context, until);
    }
    if (!until.aborted) await serveOnce(context, prepared, brokers, { until, ready });
  }
}

async function untilResumed(context: ProxyContext, stop: AbortSignal): Promise<void> {
  const { state, log, configuration } = context;
  while (!stop.aborted && (await isPaused(context))) {
    if (!state.paused) log.warn(`paused: SELECT crossbar.resume_proxy('${configuration.extra.name}') goes on`);
    state.paused = true;
    await sleep(pauseInterval, undefined, { signal: stop }).catch(() => undefined);
  }
  if (state.paused && !stop.aborted) log.info('resumed');
  state.paused = false;
}

/** Serves until stopped, or until delivery has to restart. */
async function serveOnce(
  context: ProxyContext,
  prepared: Prepared,
  brokers: ProxyParts['brokers'],
  { until, ready }: UseContext,
): Promise<void> {
  const { connection, configuration, state, log } = context;
  const { database } = configuration.extra;
  await using stack = new ResourceStack();
  const cursors = await readCursors(context, prepared);
  const { routes } = configuration.extra;
  await explained(database, () =>
    checkRoutes(routes, context.functions, workerLogin(database), (statement, parameters) =>
      connection.query(statement, parameters),
    ),
  );
  const routing = openRouting(context, stack);
  const positions = cursors ?? inMemory(context, prepared);
  const streams = await explained(database, () =>
    openStreams(context, prepared, tracked(state, positions), routing, stack, until),
  );
  const serving = new Serving({ streams, sinks: await servedSinks(context, prepared), refusals: state.refusals, log });
  stack.use(context.notifications.subscribe('crossbar_parked', { notified: () => serving.ring() }));
  const monitor = stack.use(startMonitor(context, prepared, cursors));
  stack.use(announcePresence(context, () => [...brokers.values()].every(({ isReady }) => isReady)));
  state.slot = prepared.slot?.name;
  state.serving.arrive(serving);
  ready();
  const failed = new AbortController();
  const stop = AbortSignal.any([until, monitor.anew, failed.signal]);
  try {
    const reading = streams.map((stream) => stream.run(stop));
    for (const read of reading) read.catch((error: unknown) => failed.abort(error));
    connection.lost.addEventListener('abort', () => failed.abort(connection.lost.reason), { once: true });
    await anyAborted(stop);
    await Promise.allSettled(reading);
    if (monitor.anew.reason instanceof Error && monitor.anew.reason.name !== 'AbortError')
      failed.abort(monitor.anew.reason);
    failed.signal.throwIfAborted();
  } catch (error) {
    await leave(context, serving, streams, error);
    throw error;
  }
  await leave(context, serving, streams);
  await cursors?.save();
}

/** Waits for messages in flight, if PostgreSQL is still connected. */
async function leave(
  { state }: ProxyContext,
  serving: Serving,
  streams: readonly Stream[],
  error?: unknown,
): Promise<void> {
  state.serving.leave();
  await serving.end(error);
  state.deafSince ??= Date.now();
  state.isListening = false;
  for (const [name, sink] of state.sinks) {
    const waiting = streams.flatMap(({ branches }) => [...(branches.get(name)?.unsettled() ?? [])]);
    sink.known = new Set(waiting.filter((message) => message.progress.state === 'settled').map(identityOf));
  }
}

async function readCursors(context: ProxyContext, { slot, hasState }: Prepared): Promise<Cursors | undefined> {
  if (!hasState || !slot) return undefined;
  const { connection, configuration, state } = context;
  const sinks = sinksOf(context, logSources(context));
  const cursors = await Cursors.read(connection, configuration.extra.name, sinks, slot.start, state.positions);
  // A sink is rewound to get everything again, for example because its broker has lost what it had confirmed. This is
  // remembered here as well: the database reports it once, and opening the streams may still fail.
  for (const sink of cursors.rewound) {
    state.sinks.get(sink)?.known.clear();
    state.positions.delete(sink);
  }
  return cursors;
}

/** The positions in memory, if the database has no table for cursors. */
function inMemory(context: ProxyContext, { slot }: Prepared): Pick<Cursors, 'positions' | 'move'> {
  const start = slot?.start ?? 0n;
  const known = context.state.positions;
  const positions = new Map<string, Lsn>();
  for (const sink of sinksOf(context, logSources(context))) {
    const position = known.get(sink) ?? start;
    positions.set(sink, position > start ? position : start);
  }
  return { positions, move: (sink, position) => positions.set(sink, position) };
}

/** Remembers the positions in this process as well, in case PostgreSQL is lost before they are stored. */
function tracked(state: ProxyState, cursors: Pick<Cursors, 'positions' | 'move'>): Pick<Cursors, 'positions' | 'move'> {
  return {
    positions: cursors.positions,
    move(sink, position) {
      cursors.move(sink, position);
      state.positions.set(sink, position);
    },
  };
}

async function servedSinks(
  { connection, configuration, state, log }: ProxyContext,
  { hasState }: Prepared,
): Promise<ReadonlyMap<string, ServedSink>> {
  const { name: proxy, sinks } = configuration.extra;
  const abandoned = hasState ? await ParkedTable.abandoned(connection, proxy, Object.keys(sinks)) : [];
  for (const { sink, count } of abandoned) {
    const hint = `configure it again, or discard them: SELECT crossbar.discard_parked('${proxy}', '${sink}')`;
    log.warn(
      { sink, parked: Number(count) },
      `sink ${sink} is no longer configured, but has ${count} parked messages; ${hint}`,
    );
  }
  const served = new Map<string, ServedSink>();
  for (const [sink, options] of Object.entries(sinks)) {
    const own = state.sinks.get(sink);
    const inOrder = options.parked_keys === 'wait';
    const parked = hasState ? await ParkedTable.open(connection, { proxy, sink, inOrder }) : undefined;
    if (own) served.set(sink, { name: sink, options, state: own, parked });
  }
  return served;
}
