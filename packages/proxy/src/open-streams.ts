import { OnceAMinute, type ResourceStack, unlessAborted } from '@pgwamp/core/internal/component';
import { lsnText, whenFree } from '@pgwamp/core/internal/postgres';
import { OutboxSource, publicationOutbox, WalSource } from '@pgwamp/core/internal/sources';
import type { ProxyContext } from './context.ts';
import type { Cursors } from './cursors/cursors.ts';
import { greatest, least } from './cursors/positions.ts';
import { identityOf } from './delivery/unanswered.ts';
import type { MakeRouting } from './open-routing.ts';
import { type Prepared, realmOf } from './prepare-database.ts';
import type { OutgoingMessage } from './sinks/sink.ts';
import { ChannelSource } from './sources/channel-source.ts';
import { hasTable, openDurableSource } from './sources/durable-source.ts';
import { openLogCopy } from './sources/log-copy.ts';
import { type LogMessage, logDecoders } from './sources/log-decoders.ts';
import { logSelection } from './sources/log-selection.ts';
import { RowKeys } from './sources/row-keys.ts';
import type { TopicMessage } from './sources/source-message.ts';
import type { SourceOptions } from './sources/source-options.ts';
import { topicParser } from './sources/topic-message.ts';
import { wal2jsonLines, wal2jsonPlugin } from './sources/wal2json-lines.ts';
import { wal2jsonSlotOptions } from './sources/wal2json-slot.ts';
import { LogStream } from './streams/log-stream.ts';
import { PlainStream } from './streams/plain-stream.ts';
import type { Stream } from './streams/stream.ts';

/** Up to this many bytes of the log, it is cheaper that all sinks read again than that one sink gets its own reader. */
const worthACopy = 16n * 1024n * 1024n;

/**
 * Opens a stream for the log, and one for each other source. The caller has to close them, even if this function
 * throws.
 */
export async function openStreams(
  context: ProxyContext,
  prepared: Prepared,
  cursors: Pick<Cursors, 'positions' | 'move'>,
  routing: MakeRouting,
  stack: ResourceStack,
  stop: AbortSignal,
): Promise<Stream[]> {
  const { sources } = context.configuration.extra;
  const streams: Stream[] = [];
  if (prepared.slot) streams.push(stack.use(await openLog(context, prepared, cursors, routing, stop)));
  for (const [name, options] of Object.entries(sources)) {
    const stream = await openPlain(context, name, options, routing, stop);
    if (stream) streams.push(stack.use(stream));
  }
  const topics = Object.entries(sources).flatMap(([name, { kind }]) => (kind === 'topic' ? [name] : []));
  if (topics.length > 0 && prepared.hasState) streams.push(stack.use(openTopicOutbox(context, topics, routing)));
  return streams;
}

/** The sinks of the routes of some sources. */
export function sinksOf({ configuration }: ProxyContext, names: readonly string[]): string[] {
  const { routes } = configuration.extra;
  return [...new Set(routes.flatMap(({ from, to }) => (names.includes(from) ? [to] : [])))];
}

/** The sources that are read from the write-ahead log. */
export function logSources({ configuration }: ProxyContext): string[] {
  const { sources } = configuration.extra;
  return Object.entries(sources).flatMap(([name, { kind }]) => (kind === 'wal' || kind === 'topic' ? [name] : []));
}

async function openLog(
  context: ProxyContext,
  { slot, publications }: Prepared,
  cursors: Pick<Cursors, 'positions' | 'move'>,
  routing: MakeRouting,
  stop: AbortSignal,
): Promise<LogStream> {
  const { connection, configuration, applicationName, log } = context;
  const { database, sources, buffer, keep, max_message_size: limit } = configuration.extra;
  const name = slot?.name ?? '';
  const positions = [...cursors.positions.values()];
  const [slowest, fastest] = [least(positions), greatest(positions)];
  const start = fastest - slowest > worthACopy ? fastest : slowest;
  const all = Object.values(sources);
  const wants = {
    topics: all.some(({ kind }) => kind === 'topic'),
    messages: all.some((its) => its.kind === 'wal' && its.messages),
  };
  const remarks = new OnceAMinute();
  const lines = slot?.plugin === 'wal2json' ? wal2jsonSlotOptions(configuration.extra) : undefined;
  const open = (which: string, from: string) =>
    WalSource.open<LogMessage>({
      ...{ database, applicationName, slot: which, publications, limit, start: from, control: connection },
      decoders: lines ? [wal2jsonLines(lines)] : logDecoders(wants),
      ...(lines && { plugin: wal2jsonPlugin(lines) }),
      busy() {
        if (remarks.pass('') !== undefined)
          log.info({ slot: which }, 'waiting while PostgreSQL decodes a large transaction');
      },
    });
  const source = await whenFree(connection, name, stop, () => open(name, lsnText(start)));
  const stream = new LogStream({
    ...{ source, routing, start, buffer, keep, log },
    openCopy: (sink, from, until) => openLogCopy({ connection, slot: name, open, log }, sink, from, until),
    select: logSelection(sources, rowKeys(context)),
    cursors: cursors.positions,
    isKnown: knownTo(context),
    moved: (sink, position) => cursors.move(sink, position),
  });
  context.state.behind = () => stream.behind;
  return stream;
}

async function openPlain(
  context: ProxyContext,
  name: string,
  options: SourceOptions,
  routing: MakeRouting,
  stop: AbortSignal,
): Promise<Stream | undefined> {
  const { connection, notifications, configuration, state } = context;
  const { buffer, max_message_size: limit } = configuration.extra;
  const sinks = sinksOf(context, [name]);
  const common = { routing: routing(), sinks, buffer, isKnown: knownTo(context) };
  switch (options.kind) {
    case 'wal':
    case 'topic':
      return undefined;
    case 'channel': {
      const source = channelSource(context, name, options);
      await unlessAborted(source.listening, AbortSignal.any([stop, connection.lost]));
      const dropped = (sink: string, count: number) => {
        const counts = state.sinks.get(sink);
        if (!counts || count === 0) return;
        if (counts.dropped === 0)
          context.log.error(
            { sink },
            'sink %s accepts notifications more slowly than they arrive: some are dropped',
            sink,
          );
        counts.dropped += count;
      };
      return new PlainStream({ ...common, source, dropped });
    }
    case 'durable': {
      if (options.optional && !(await hasTable(connection, options.table))) return undefined;
      return new PlainStream({
        ...common,
        source: openDurableSource(name, options, { connection, notifications, limit }),
      });
    }
  }
}

function channelSource(
  { notifications, state, log }: ProxyContext,
  name: string,
  { channels, framing }: Extract<SourceOptions, { kind: 'channel' }>,
): ChannelSource {
  return new ChannelSource({
    ...{ name, channels, framing, notifications },
    dropped() {
      for (const sink of state.sinks.values()) sink.dropped += 1;
    },
    interrupted() {
      state.isListening = false;
      state.deafSince ??= Date.now();
    },
    listening() {
      state.isListening = true;
      if (state.deafSince === undefined) return;
      const milliseconds = Date.now() - state.deafSince;
      state.deafSince = undefined;
      state.gaps += 1;
      log.error(
        { source: name, channels, gaps: state.gaps },
        `notifications of source ${name} may have been missed for ${milliseconds} ms: NOTIFY reaches only connected listeners`,
      );
    },
  });
}

/**
 * Publications with delivery "outbox", for all sources of kind topic. This includes rows that remain after the delivery
 * was changed.
 */
function openTopicOutbox(context: ProxyContext, names: readonly string[], routing: MakeRouting): Stream {
  const { connection, notifications, configuration } = context;
  const { name, sources, buffer, max_message_size: limit } = configuration.extra;
  const source = new OutboxSource<TopicMessage>({
    ...{ connection, notifications, limit, parse: topicParser() },
    table: publicationOutbox(realmOf(name)),
  });
  const select = logSelection(sources, rowKeys(context));
  return new PlainStream({
    source,
    routing: routing(),
    select,
    sinks: sinksOf(context, names),
    buffer,
    isKnown: knownTo(context),
  });
}

/** Skips, once, a repeated message that the sink already has. */
function knownTo({ state }: ProxyContext): (sink: string, message: OutgoingMessage) => boolean {
  return (sink, message) => {
    const known = state.sinks.get(sink)?.known;
    return known !== undefined && known.size > 0 && known.delete(identityOf(message));
  };
}

function rowKeys({ connection }: ProxyContext): RowKeys {
  return new RowKeys((statement, parameters) => connection.query(statement, parameters));
}
