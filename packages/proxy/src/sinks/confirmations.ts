import { Lost, type Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';

/** A message that was sent: settled by the broker, or by the loss of the connection. */
export interface Sent {
  readonly promise: Promise<Receipt>;
  confirm(receipt?: Receipt): void;
  refuse(why: Refused): void;
}

/** One of a list of messages that wait, in the order in which they were opened. */
class Waiting implements Sent {
  readonly promise: Promise<Receipt>;
  readonly since = performance.now();
  readonly bytes: number;
  readonly name: string | undefined;
  before: Waiting | undefined;
  after: Waiting | undefined;
  readonly #list: WaitingList;
  readonly #resolve: (receipt: Receipt) => void;
  readonly #reject: (error: Error) => void;

  constructor(list: WaitingList, bytes: number, name: string | undefined) {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#list = list;
    this.bytes = bytes;
    this.name = name;
  }

  confirm(receipt = nothing): void {
    if (this.#list.remove(this)) this.#resolve(receipt);
  }

  refuse(why: Error): void {
    if (this.#list.remove(this)) this.#reject(why);
  }
}

/** Not a map, which costs the garbage collector several times as much where every message comes and goes. */
class WaitingList {
  size = 0;
  first: Waiting | undefined;
  #last: Waiting | undefined;

  add(waiting: Waiting): void {
    this.size += 1;
    waiting.before = this.#last;
    if (this.#last) this.#last.after = waiting;
    else this.first = waiting;
    this.#last = waiting;
  }

  /** Returns whether it was in the list. What leaves leads nowhere any more: else it would keep what came after it from being collected. */
  remove(waiting: Waiting): boolean {
    const { before, after } = waiting;
    if (!before && this.first !== waiting) return false;
    this.size -= 1;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.#last = before;
    waiting.before = undefined;
    waiting.after = undefined;
    return true;
  }

  *[Symbol.iterator](): Generator<Waiting> {
    for (let waiting = this.first; waiting; waiting = waiting.after) yield waiting;
  }
}

const nothing: Receipt = Object.freeze({});

/**
 * The messages that a broker has not confirmed yet, and the loss of the connection that they went over: it ends when it says so, or
 * when the oldest of them has waited for too long, as behind a network that swallows everything.
 */
export class Confirmations implements Disposable {
  readonly #lost = new AbortController();
  readonly #broker: string;
  readonly #timeout: number;
  readonly #open = new WaitingList();
  readonly #watch: NodeJS.Timeout | undefined;
  #isSuspended = false;
  #resumedAt = 0;

  /**
   * @param broker as it stands in messages.
   * @param timeout milliseconds that a confirmation may take; infinite where something else bounds it.
   */
  constructor(broker: string, timeout: number) {
    this.#broker = broker;
    this.#timeout = timeout;
    if (Number.isFinite(timeout))
      this.#watch = setInterval(() => this.#checkOldest(), Math.max(5, timeout / 8)).unref();
  }

  /** Aborted when the connection is lost; the reason is a `Lost`. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#open.size;
  }

  /** Which message waits for the longest, of those that were opened with their name. */
  get oldest(): string | undefined {
    return this.#open.first?.name;
  }

  /** Bytes of the largest message that waits, of those that were opened with their size. */
  get largest(): number {
    let largest = 0;
    for (const { bytes } of this.#open) largest = Math.max(largest, bytes);
    return largest;
  }

  /** Notes a message that is about to be sent. */
  open(bytes = 0, name?: string): Sent {
    const { signal } = this.#lost;
    if (signal.aborted) {
      const promise = Promise.reject(signal.reason);
      return { promise, confirm: ignore, refuse: ignore };
    }
    const waiting = new Waiting(this.#open, bytes, name);
    this.#open.add(waiting);
    return waiting;
  }

  /** The connection is lost, with all that has not been confirmed. Only the first reason counts. */
  lose(reason: string, { blamesMessage = false, cause }: { blamesMessage?: boolean; cause?: unknown } = {}): void {
    if (this.lost.aborted) return;
    clearInterval(this.#watch);
    const error = new Lost(`connection to ${this.#broker} lost: ${reason}`, blamesMessage, { cause });
    const open = [...this.#open];
    this.#lost.abort(error);
    for (const waiting of open) waiting.refuse(error);
  }

  /** The broker has said that it takes nothing for now: no message is late until {@link resume}. */
  suspend(): void {
    this.#isSuspended = true;
  }

  resume(): void {
    this.#isSuspended = false;
    this.#resumedAt = performance.now();
  }

  [Symbol.dispose](): void {
    this.lose('it was closed');
  }

  #checkOldest(): void {
    const oldest = this.#open.first;
    if (oldest === undefined || this.#isSuspended) return;
    const waited = performance.now() - Math.max(oldest.since, this.#resumedAt);
    if (waited > this.#timeout) this.lose(`a message was not confirmed within ${this.#timeout} ms`);
  }
}

function ignore(): void {}
