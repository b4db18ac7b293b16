import { Lost } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { Confirmations, Sent } from './confirmations.ts';
import type { OutgoingMessage } from './sink.ts';

/** A message that waits for its batch. */
export interface Batched {
  readonly message: OutgoingMessage;
  readonly sent: Sent;
}

/** What a batch may hold. */
export interface BatchLimits {
  readonly messages: number;
  readonly bytes: number;
  /** Whether a batch holds one message of each order key, since some of a batch may fail. */
  readonly isolatesKeys: boolean;
}

/** Bytes that a message takes in a batch besides its payload, roughly. */
const overhead = 256;

/**
 * Sends messages in batches, one after the other: what comes while one is on its way goes with the next, so that batches are large
 * where much is to be sent, and nothing waits where little is.
 */
export class Batches {
  readonly #waiting: Batched[] = [];
  readonly #limits: BatchLimits;
  readonly #send: (batch: readonly Batched[]) => Promise<void>;
  readonly #confirmations: Confirmations;
  #isSending = false;

  /** @param send sends a batch, and settles each message of it; a `Lost` that it throws is the end of the sink. */
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
    // In a moment, so that what arrives together goes together.
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
      const isRepeat = isolatesKeys && message.orderKey !== '' && keys.has(message.orderKey);
      if (count > 0 && (count >= messages || size > bytes || isRepeat)) break;
      keys.add(message.orderKey);
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
