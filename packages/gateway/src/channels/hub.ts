import { randomBytes } from 'node:crypto';
import type { Client, Feed, FeedEvents, FeedMessage } from '../context.ts';
import { Channel, type Subscriber } from './channel.ts';
import { Entry, type EntryContent } from './entry.ts';
import { History, type HistoryLimits, type Missed } from './history.ts';
import { placeInLog, type Since } from './since.ts';

/** Limit of remembered positions of other gateways. */
const maxAliases = 10_000;

/** A placeholder for clients that will connect later. */
const anybody: Client = { claims: {}, role: undefined, expires: undefined };

/** Consecutive entries of one channel that a client has missed. */
export interface Replayed {
  readonly channel: Channel;
  readonly entries: readonly Entry[];
}

/**
 * The channels that clients listen to. The hub listens to each channel once, for any number of clients. It numbers the
 * messages, keeps them for a while, and delivers them to all subscribers.
 */
export class Hub implements FeedEvents {
  /** Identifies this gateway in ids. */
  readonly epoch = randomBytes(9).toString('base64url');
  /** Counters since the creation of the hub. */
  readonly counts = { messages: 0, bytes: 0, gaps: 0, exactResumes: 0, gapResumes: 0 };
  /** The last time in milliseconds from the request for a channel until LISTEN was in force. */
  listenLatency = 0;
  readonly #feedOf: (channel: string) => Feed;
  readonly #limits: HistoryLimits;
  readonly #channels = new Map<string, Channel>();
  /** Positions of other gateways, by the epochs of their marks. */
  readonly #aliases = new Map<string, number>();
  #offset = 0;
  /** Channels with pending entries. */
  #pending: Channel[] = [];
  #willFlush = false;

  /** @param feedOf returns the feed of a channel. */
  constructor(feedOf: (channel: string) => Feed, limits: HistoryLimits) {
    this.#feedOf = feedOf;
    this.#limits = limits;
  }

  /** The channels that the hub listens to. */
  get channels(): readonly Channel[] {
    return [...this.#channels.values()];
  }

  /**
   * Opens a channel and holds it; it stays open until it is released as often as it was held.
   *
   * @throws the error of the feed; the reason of the signal.
   */
  async hold(name: string, client: Client, signal: AbortSignal): Promise<Channel> {
    signal.throwIfAborted();
    const feed = this.#feedOf(name);
    const key = feed.share?.(name, client) ?? name;
    const channel = this.#channels.get(key) ?? this.#open(name, key, feed);
    channel.holders += 1;
    clearTimeout(channel.closing);
    try {
      if (!channel.isInForce) await untilInForce(channel, signal);
      return channel;
    } catch (error) {
      this.release(channel);
      throw error;
    }
  }

  /** Releases a channel. Without holders it is closed, immediately or, if clients may resume, after some time. */
  release(channel: Channel): void {
    channel.holders -= 1;
    if (channel.holders > 0 || this.#channels.get(channel.key) !== channel) return;
    if (channel.history === undefined) this.#close(channel);
    else channel.closing = setTimeout(() => this.#close(channel), this.#limits.age).unref();
  }

  /** Opens a channel for clients that are about to connect, and keeps the messages that they will have missed. */
  async warm(name: string, signal: AbortSignal): Promise<void> {
    const channel = await this.hold(name, anybody, signal);
    this.#keepHistory(channel, channel.feed.position);
    this.release(channel);
  }

  /** The number of entries so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Remembers that a position of another gateway, which numbers differently, corresponds to an offset of this one. */
  alias(epoch: string, offset: number): void {
    this.#aliases.set(epoch, offset);
    const [oldest] = this.#aliases.keys();
    if (this.#aliases.size > maxAliases && oldest !== undefined) this.#aliases.delete(oldest);
  }

  /**
   * Delivers all further entries of some channels to a subscriber, which has to hold them.
   *
   * @returns the missed entries since a position, in order; a gap where entries may be missing.
   */
  join(subscriber: Subscriber, channels: readonly Channel[], since?: Since): Replayed[] {
    // Pending entries belong to the past.
    this.flush();
    const missed = since ? channels.map((channel) => ({ channel, entries: this.#missed(channel, since) })) : [];
    for (const channel of channels) {
      channel.subscribers.add(subscriber);
      if (subscriber.resumes) this.#keepHistory(channel, channel.feed.position);
    }
    const replay = missed.filter(({ entries }) => entries.length > 0);
    return replay.length < 2 ? replay : inOrder(replay);
  }

  /** Stops the delivery of a channel to a subscriber. */
  leave(subscriber: Subscriber, channel: Channel): void {
    channel.flush();
    channel.subscribers.delete(subscriber);
  }

  /** The present position of a channel, as clients receive it. */
  idOf({ isOfLog, feed: { position = 0n, timeline } }: Channel): string {
    return isOfLog ? placeInLog(position, timeline) : `${this.epoch}:${this.#offset}`;
  }

  message(message: FeedMessage): void {
    const channel = this.#channels.get(message.channel);
    if (channel === undefined) return;
    this.counts.messages += 1;
    this.counts.bytes += this.#append(channel, message).size;
  }

  interrupted(keys: readonly string[], reason: string): void {
    for (const channel of this.#known(keys)) {
      if (!channel.isInForce) continue;
      channel.isInForce = false;
      channel.listening = Promise.withResolvers();
      channel.listening.promise.catch(() => undefined);
      channel.flush();
      channel.interruption = { from: this.idOf(channel), reason };
      for (const subscriber of channel.subscribers) subscriber.interrupted(channel, reason);
    }
  }

  resumed(keys: readonly string[]): void {
    for (const channel of this.#known(keys)) {
      if (channel.isInForce) continue;
      const gap = channel.interruption;
      channel.interruption = undefined;
      channel.isInForce = true;
      channel.listening.resolve();
      this.#followTimeline(channel);
      if (gap === undefined) continue;
      this.counts.gaps += 1;
      const id = channel.isOfLog ? this.idOf(channel) : undefined;
      this.#append(channel, { payload: '', id, position: channel.feed.position, gap });
    }
  }

  ended(key: string, reason: string): void {
    for (const channel of this.#known([key])) {
      channel.flush();
      this.#close(channel);
      channel.listening.reject(new Error(reason));
      for (const subscriber of channel.subscribers) subscriber.ended(channel, reason);
    }
  }

  /** Delivers all pending entries. */
  flush(): void {
    const channels = this.#pending;
    this.#pending = [];
    for (const channel of channels) channel.flush();
  }

  readonly #flushPending = () => {
    this.#willFlush = false;
    this.flush();
  };

  #open(name: string, key: string, feed: Feed): Channel {
    const channel = new Channel(name, key, feed);
    this.#channels.set(key, channel);
    const begun = performance.now();
    feed.listen(key).then(
      ({ since, past = [] }) => {
        this.listenLatency = performance.now() - begun;
        channel.isOfLog = since !== undefined;
        channel.timeline = feed.timeline?.name;
        if (channel.isOfLog) this.#keepHistory(channel, since);
        for (const message of past) this.message(message);
        this.resumed([key]);
      },
      (error: unknown) => {
        if (this.#channels.get(key) === channel) this.#channels.delete(key);
        channel.listening.reject(error);
      },
    );
    return channel;
  }

  #close(channel: Channel): void {
    if (this.#channels.get(channel.key) !== channel) return;
    clearTimeout(channel.closing);
    this.#channels.delete(channel.key);
    channel.feed.unlisten(channel.key);
  }

  /** Entries of another timeline may not exist in this one. */
  #followTimeline(channel: Channel): void {
    const { position, timeline } = channel.feed;
    if (!channel.isOfLog || channel.timeline === timeline?.name) return;
    channel.timeline = timeline?.name;
    channel.history = undefined;
    this.#keepHistory(channel, position);
  }

  #keepHistory(channel: Channel, position: bigint | undefined): void {
    if (this.#limits.messages > 0) channel.history ??= new History(this.#limits, this.#offset, position);
  }

  #append(channel: Channel, content: EntryContent): Entry {
    this.#offset += 1;
    const { history } = channel;
    const time = history ? performance.now() : 0;
    const entry = new Entry(this.epoch, this.#offset, time, history ? lasting(content) : content);
    history?.add(entry);
    if (channel.subscribers.size > 0) this.#deliver(channel, entry);
    return entry;
  }

  #deliver(channel: Channel, entry: Entry): void {
    if (channel.shared > 0) this.#flushOthers(channel);
    if (channel.pending.push(entry) === 1) this.#pending.push(channel);
    if (this.#willFlush) return;
    this.#willFlush = true;
    // All messages of a read of the connection are delivered together, before the event loop goes on.
    process.nextTick(this.#flushPending);
  }

  /** A client that listens to several channels receives their messages in order of arrival. */
  #flushOthers(channel: Channel): void {
    for (const other of this.#pending) if (other !== channel && other.shared > 0) other.flush();
    this.#pending = this.#pending.filter(({ pending }) => pending.length > 0);
  }

  #missed(channel: Channel, since: Since): readonly Entry[] {
    const missed = this.#recall(channel, since);
    if (missed?.isComplete) {
      this.counts.exactResumes += 1;
      return missed.entries;
    }
    this.counts.gapResumes += 1;
    this.counts.gaps += 1;
    const entries = missed?.entries ?? [];
    const { notification, log } = since;
    const from = channel.isOfLog ? log?.id : notification && `${notification.epoch}:${notification.offset}`;
    const gap = { from: from ?? null, reason: 'the history does not go back so far' };
    const { offset, id } = this.#before(channel, entries[0]);
    return [new Entry(this.epoch, offset, 0, { payload: '', id, gap }), ...entries];
  }

  #recall({ history, isOfLog, feed }: Channel, { notification, log }: Since): Missed | undefined {
    if (isOfLog) return log && this.#isOfTimeline(log, feed) ? history?.afterLog(log) : undefined;
    if (notification === undefined) return undefined;
    const { epoch, offset } = notification;
    const own = epoch === this.epoch ? offset : this.#aliases.get(epoch);
    // This gateway never sent a position that it has not reached.
    return own === undefined || own > this.#offset ? undefined : history?.after(own);
  }

  /**
   * Whether a client's position in the log belongs to the current timeline. The id of a message does not contain a
   * timeline. If the cluster has had other timelines, the id is valid only if the message is known here.
   */
  #isOfTimeline(log: NonNullable<Since['log']>, feed: Feed): boolean {
    const { timeline } = log;
    if (timeline !== undefined) return timeline === feed.timeline?.name;
    if (feed.timeline?.isFirst) return true;
    return this.channels.some(({ history }) => history?.has(log));
  }

  /** The position before an entry of a channel, or the present position. */
  #before(channel: Channel, entry: Entry | undefined): Pick<Entry, 'id' | 'offset'> {
    if (entry === undefined) return { offset: this.#offset, id: this.idOf(channel) };
    const offset = entry.offset - 1;
    if (entry.position === undefined) return { offset, id: `${this.epoch}:${offset}` };
    return { offset, id: placeInLog(entry.position - 1n, channel.feed.timeline) };
  }

  #known(keys: readonly string[]): Channel[] {
    return keys.flatMap((key) => this.#channels.get(key) ?? []);
  }
}

/** A slice would keep all in memory that was read from the connection with it. */
function lasting(content: EntryContent): EntryContent {
  const { payload } = content;
  return typeof payload === 'string' ? content : { ...content, payload: Buffer.from(payload) };
}

async function untilInForce(channel: Channel, signal: AbortSignal): Promise<void> {
  const { promise: abortion, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    while (!channel.isInForce) await Promise.race([channel.listening.promise, abortion]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Sorts entries by time. A feed of the log delivered its kept messages channel by channel, so they are sorted by their
 * log positions. Notifications have no positions and come first.
 */
function inOrder(replay: readonly Replayed[]): Replayed[] {
  const all = replay.flatMap(({ channel, entries }) => entries.map((entry) => ({ channel, entry })));
  const isOfLog = ({ entry }: OneReplayed) => entry.position !== undefined;
  const notifications = all.filter((replayed) => !isOfLog(replayed));
  const log = all.filter(isOfLog);
  const byOffset = (one: OneReplayed, other: OneReplayed) => one.entry.offset - other.entry.offset;
  const byPosition = (one: OneReplayed, other: OneReplayed) =>
    Number((one.entry.position ?? 0n) - (other.entry.position ?? 0n)) || byOffset(one, other);
  return runsOf([...notifications.sort(byOffset), ...log.sort(byPosition)]);
}

interface OneReplayed {
  readonly channel: Channel;
  readonly entry: Entry;
}

function runsOf(replay: readonly OneReplayed[]): Replayed[] {
  const runs: { channel: Channel; entries: Entry[] }[] = [];
  for (const { channel, entry } of replay) {
    const last = runs.at(-1);
    if (last?.channel === channel) last.entries.push(entry);
    else runs.push({ channel, entries: [entry] });
  }
  return runs;
}
