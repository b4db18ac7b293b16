import { Lost } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { Confirmations, Sent } from './confirmations.ts';
import { type OutgoingMessage, orderKeysOf } from './sink.ts';

/** A message that waits for its batch. */
export interface Batched {
  readonly message: OutgoingMessage;
  readonly sent: Sent;
}

/** The limits of a batch. */
export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
  /** Whether a batch contains only one message of each order key, since a part of a batch may fail. */
  readonly isolatesKeys: boolean;
}

/** The approximate bytes of a message in a batch besides its payload. */
const overhead = 256;

/**
 * Sends messages in batches, one after the other. Messages that arrive during a request are sent with the next one. So
 * batches are large under load, and a single message does not wait.
 */
export class Batches {
  readonly #waiting: Batched[] = [];
  readonly #limits: BatchLimits;
  readonly #send: (batch: readonly Batched[]) => Promise<void>;
  readonly #confirmations: Confirmations;
  #isSending = false;

  /** @param send sends a batch, and settles each of its messages; a `Lost` that it throws ends the sink. */
  constructor(limits: BatchLimits, confirmations: Confirmations, send: (batch: readonly Batched[]) => Promise<void>) {
    this.#limits = limits;
    this.#confirmations = confirmations;
    this.#send = send;
  }

  /** Sends a message with the next batch; resolves when the broker has confirmed it. */
  send(message: OutgoingMessage): Promise<Receipt> {
    const sent = this.#confirmations.open();
    if (!this.#confirmations.lost.aborted) this.#add({ message, sent });
    return sent.promise;
  }

  #add(batched: Batched): void {
    this.#waiting.push(batched);
    if (this.#isSending) return;
    this.#isSending = true;
    // Deferred, so that messages that arrive together are sent together.
    setImmediate(() => void this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#confirmations.lost.aborted) await this.#send(this.#next());
    } catch (error) {
      const { message, cause = error } = error as Error;
      this.#confirmations.lose(message, { blamesMessage: error instanceof Lost && error.blamesMessage, cause });
    } finally {
      this.#isSending = false;
    }
  }

  #next(): readonly Batched[] {
    const { messages, bytes, isolatesKeys } = this.#limits;
    const keys = new Set<string>();
    let [count, size] = [0, 0];
    for (const { message } of this.#waiting) {
      size += message.size + overhead;
      const own = isolatesKeys ? orderKeysOf(message) : [];
      const isRepeat = own.some((key) => keys.has(key));
      if (count > 0 && (count >= messages || size > bytes || isRepeat)) break;
      for (const key of own) keys.add(key);
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
