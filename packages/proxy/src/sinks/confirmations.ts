import { Lost, type Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';

/** A message that was sent: settled by the broker or by the loss of the connection. */
export interface Sent {
  readonly promise: Promise<Receipt>;
  confirm(receipt?: Receipt): void;
  refuse(why: Refused): void;
}

/** An entry of the list of unconfirmed messages, in the order of sending. */
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

/**
 * A linked list instead of a map, which would cost the garbage collector several times as much if every message is
 * added and removed.
 */
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

  /**
   * Removes an entry and returns whether it was in the list. Its links are cleared: otherwise it would keep later
   * entries in memory.
   */
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
 * The messages that a broker has not confirmed yet, and the loss of their connection. The connection counts as lost
 * when the broker closes it, or when the oldest message has waited too long, for example because the network drops all
 * packets.
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
   * @param broker its name in error messages.
   * @param timeout time limit of a confirmation in milliseconds; infinite if it is limited elsewhere.
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

  /** The number of unconfirmed messages. */
  get size(): number {
    return this.#open.size;
  }

  /** The name of the oldest unconfirmed message, if it was opened with a name. */
  get oldest(): string | undefined {
    return this.#open.first?.name;
  }

  /** The size in bytes of the largest unconfirmed message, among those opened with their size. */
  get largest(): number {
    let largest = 0;
    for (const { bytes } of this.#open) largest = Math.max(largest, bytes);
    return largest;
  }

  /** Registers a message that is about to be sent. */
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

  /** Notes the loss of the connection, and of all unconfirmed messages. Only the first reason counts. */
  lose(reason: string, { blamesMessage = false, cause }: { blamesMessage?: boolean; cause?: unknown } = {}): void {
    if (this.lost.aborted) return;
    clearInterval(this.#watch);
    const error = new Lost(`connection to ${this.#broker} lost: ${reason}`, blamesMessage, { cause });
    const open = [...this.#open];
    this.#lost.abort(error);
    for (const waiting of open) waiting.refuse(error);
  }

  /** Suspends the timeout while the broker accepts nothing, until {@link resume}. */
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
