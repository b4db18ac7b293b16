import { Lost, type Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';

/** A message that was sent: settled by the broker, or by the loss of the connection. */
export interface Sent {
  readonly promise: Promise<Receipt>;
  confirm(receipt?: Receipt): void;
  refuse(why: Refused): void;
}

interface Open {
  readonly since: number;
  readonly bytes: number;
  readonly name: string | undefined;
  reject(error: Error): void;
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
  readonly #open = new Map<number, Open>();
  readonly #watch: NodeJS.Timeout | undefined;
  #last = 0;
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
    const [oldest] = this.#open.values();
    return oldest?.name;
  }

  /** Bytes of the largest message that waits, of those that were opened with their size. */
  get largest(): number {
    return this.#open.values().reduce((largest, { bytes }) => Math.max(largest, bytes), 0);
  }

  /** Notes a message that is about to be sent. */
  open(bytes = 0, name?: string): Sent {
    const { promise, resolve, reject } = Promise.withResolvers<Receipt>();
    const { signal } = this.#lost;
    if (signal.aborted) {
      reject(signal.reason);
      return { promise, confirm: ignore, refuse: ignore };
    }
    this.#last += 1;
    const number = this.#last;
    this.#open.set(number, { since: performance.now(), bytes, name, reject });
    return {
      promise,
      confirm: (receipt = nothing) => {
        if (this.#open.delete(number)) resolve(receipt);
      },
      refuse: (why) => {
        if (this.#open.delete(number)) reject(why);
      },
    };
  }

  /** The connection is lost, with all that has not been confirmed. Only the first reason counts. */
  lose(reason: string, { blamesMessage = false, cause }: { blamesMessage?: boolean; cause?: unknown } = {}): void {
    if (this.lost.aborted) return;
    clearInterval(this.#watch);
    const error = new Lost(`connection to ${this.#broker} lost: ${reason}`, blamesMessage, { cause });
    const open = [...this.#open.values()];
    this.#open.clear();
    this.#lost.abort(error);
    for (const { reject } of open) reject(error);
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
    const [oldest] = this.#open.values();
    if (oldest === undefined || this.#isSuspended) return;
    const waited = performance.now() - Math.max(oldest.since, this.#resumedAt);
    if (waited > this.#timeout) this.lose(`a message was not confirmed within ${this.#timeout} ms`);
  }
}

function ignore(): void {}
