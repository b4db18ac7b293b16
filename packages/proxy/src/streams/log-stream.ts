import { Doorbell, type Logger } from '@pgwamp/core/internal/component';
import type { Lsn } from '@pgwamp/core/internal/postgres';
import type { WalBatch, WalSource } from '@pgwamp/core/internal/sources';
import { least } from '../cursors/positions.ts';
import type { MakeRouting } from '../open-routing.ts';
import type { Routing } from '../routing/routing.ts';
import type { OutgoingMessage } from '../sinks/sink.ts';
import type { LogCopy } from '../sources/log-copy.ts';
import type { LogMessage } from '../sources/log-decoders.ts';
import type { LogSelection } from '../sources/log-selection.ts';
import { Branch } from './branch.ts';
import type { Stream } from './stream.ts';

/** The options of a {@link LogStream}. */
export interface LogStreamOptions {
  /** The slot of the Proxy, read from the position that most sinks have reached. */
  readonly source: WalSource<LogMessage>;
  /**
   * Reads the same log from an earlier position with a separate slot; undefined if the signal aborts before there is
   * one.
   */
  readonly openCopy: (sink: string, start: Lsn, stop: AbortSignal) => Promise<LogCopy | undefined>;
  readonly select: LogSelection;
  readonly routing: MakeRouting;
  /** The sinks, and the position up to which each has everything. */
  readonly cursors: ReadonlyMap<string, Lsn>;
  /** The start of {@link LogStreamOptions.source}. */
  readonly start: Lsn;
  /** Limit of bytes that wait for a sink. */
  readonly buffer: number;
  /** Bytes of the log that are retained although every sink has them. */
  readonly keep: number;
  readonly isKnown: (sink: string, message: OutgoingMessage) => boolean;
  /** Called when a sink has everything up to a position. */
  readonly moved: (sink: string, position: Lsn) => void;
  readonly log: Logger;
}

/** A sink of the stream. */
interface Receiver {
  readonly sink: string;
  readonly branch: Branch;
  /** The position up to which messages were put into its branch. */
  reached: Lsn;
  /** The position up to which messages are settled. */
  cursor: Lsn;
  /** Whether the main reader feeds it; otherwise it is behind and has its own reader. */
  attached: boolean;
}

/**
 * The write-ahead log, read once for all sinks. A slow or unavailable sink does not hold up the others: when its buffer
 * is full it is detached, and reads the log with a copy of the slot until it has caught up. The slot itself advances
 * with the slowest sink.
 */
export class LogStream implements Stream {
  readonly branches: ReadonlyMap<string, Branch>;
  readonly #options: LogStreamOptions;
  readonly #receivers: readonly Receiver[];
  /** The position up to which messages were passed to the attached receivers. */
  #reached: Lsn;
  /** Whether the main reader is inside a transaction. */
  #within = false;
  /** Rings when a sink has taken a batch, or a receiver has caught up. */
  readonly #progress = new Doorbell();

  constructor(options: LogStreamOptions) {
    this.#options = options;
    this.#reached = options.start;
    this.#receivers = [...options.cursors].map(([sink, cursor]) => ({
      sink,
      branch: new Branch(options.buffer, () => this.#progress.ring()),
      reached: cursor,
      cursor,
      attached: cursor >= options.start,
    }));
    this.branches = new Map(this.#receivers.map(({ sink, branch }) => [sink, branch]));
  }

  /** The sinks that are behind the others and have their own readers of the log. */
  get behind(): readonly string[] {
    return this.#receivers.flatMap(({ sink, attached }) => (attached ? [] : [sink]));
  }

  async run(stop: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const until = AbortSignal.any([stop, failed.signal]);
    const catchingUp = new Set<Promise<void>>();
    const catchUp = (receiver: Receiver) => {
      const work = this.#catchUp(receiver, until);
      const settled = work.catch((error: unknown) => failed.abort(error)).finally(() => catchingUp.delete(settled));
      catchingUp.add(settled);
    };
    using _ = this.#progress.ringOn(until);
    try {
      for (const receiver of this.#receivers) if (!receiver.attached) catchUp(receiver);
      const routing = this.#options.routing();
      for await (const batch of this.#options.source.read(until)) {
        const routed = await this.#route(batch, routing);
        await this.#feed(batch.position, routed, catchUp, until);
      }
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      failed.abort();
      await Promise.all(catchingUp);
    }
    if (!stop.aborted) throw failed.signal.reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.source[Symbol.asyncDispose]();
  }

  async #feed(
    position: Lsn | undefined,
    routed: ReadonlyMap<string, OutgoingMessage[]>,
    detached: (receiver: Receiver) => void,
    stop: AbortSignal,
  ): Promise<void> {
    for (const receiver of this.#receivers) {
      if (!receiver.attached) continue;
      await this.#give(receiver, routed.get(receiver.sink) ?? [], position);
    }
    this.#within = position === undefined;
    if (position !== undefined) this.#reached = position;
    for (const receiver of this.#receivers) {
      // One receiver stays attached, because otherwise the main reader would have none.
      if (receiver.branch.isFull && receiver.attached && this.#attached.length > 1) this.#detach(receiver, detached);
    }
    await this.#untilOneRunsLow(stop);
  }

  get #attached(): readonly Receiver[] {
    return this.#receivers.filter(({ attached }) => attached);
  }

  /** The fastest sink determines the speed. */
  async #untilOneRunsLow(stop: AbortSignal): Promise<void> {
    while (!stop.aborted && !this.#attached.some(({ branch }) => branch.runsLow)) await this.#progress.wait();
  }

  #detach(receiver: Receiver, detached: (receiver: Receiver) => void): void {
    receiver.attached = false;
    receiver.branch.dropIncomplete();
    this.#options.log.info(
      { sink: receiver.sink },
      'sink %s is behind: it gets its own reader of the log',
      receiver.sink,
    );
    detached(receiver);
  }

  /** Reads for one receiver until it has reached the position of the main reader. */
  async #catchUp(receiver: Receiver, stop: AbortSignal): Promise<void> {
    await receiver.branch.hasRoom(stop);
    if (stop.aborted) return;
    await using copy = await this.#options.openCopy(receiver.sink, receiver.reached, stop);
    if (!copy) return;
    const routing = this.#options.routing();
    for await (const batch of copy.read(stop)) {
      const routed = await this.#route(batch, routing);
      await this.#give(receiver, routed.get(receiver.sink) ?? [], batch.position);
      if (batch.position !== undefined && batch.position >= this.#reached && !this.#within) {
        receiver.attached = true;
        this.#progress.ring();
        this.#options.log.info({ sink: receiver.sink }, 'sink %s has caught up', receiver.sink);
        return;
      }
      await receiver.branch.low(stop);
    }
  }

  async #route({ messages }: WalBatch<LogMessage>, routing: Routing): Promise<Map<string, OutgoingMessage[]>> {
    const bySink = new Map<string, OutgoingMessage[]>();
    if (messages.length === 0) return bySink;
    for (const { sink, message } of await routing.route(await this.#options.select(messages))) {
      const own = bySink.get(sink);
      if (own) own.push(message);
      else bySink.set(sink, [message]);
    }
    return bySink;
  }

  async #give(receiver: Receiver, messages: readonly OutgoingMessage[], position: Lsn | undefined): Promise<void> {
    const { isKnown } = this.#options;
    const { sink, branch, reached } = receiver;
    // The sink may have messages of an earlier stream, or of a copy that was ahead.
    const isNew = (message: OutgoingMessage) =>
      (message.origin.position ?? reached) >= reached && !isKnown(sink, message);
    const settled = position === undefined ? undefined : () => this.#settle(receiver, position);
    if (position !== undefined && position > receiver.reached) receiver.reached = position;
    await branch.push({ messages: messages.filter(isNew), settled });
  }

  #settle(receiver: Receiver, position: Lsn): void {
    if (position <= receiver.cursor) return;
    receiver.cursor = position;
    this.#options.moved(receiver.sink, position);
    const slowest = least(this.#receivers.map(({ cursor }) => cursor));
    const kept = slowest - BigInt(this.#options.keep);
    if (kept > 0n) this.#options.source.confirm(kept);
  }
}
