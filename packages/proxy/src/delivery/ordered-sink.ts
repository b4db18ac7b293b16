import { Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { MessageSink, OutgoingMessage, Progress } from '../sinks/sink.ts';

/** The refusal of a message that waits behind a parked one; it is sent automatically after that one. */
export const waitsBehind = new Refused('refused', 'it waits for a parked message with the same order key');

/** Limit of order keys in one map. */
const generation = 1024;

/** The parked messages. */
export interface Parked {
  /** Whether a message has to wait for a parked one. */
  holds(message: OutgoingMessage): boolean;
}

/** The last message of an order key. */
interface Turn {
  readonly progress: Progress;
  readonly sent: Promise<Receipt>;
}

/**
 * Keeps the order of messages with the same order key, also if one of them is refused: the next one is sent when the
 * outcome of the former one is known. Messages with different keys are sent concurrently.
 */
export class OrderedSink implements MessageSink {
  readonly #sink: MessageSink;
  readonly #parked: Parked;
  /**
   * By order key. Completed entries are not deleted one by one. Instead the older map is dropped as a whole, since a
   * map with a deletion per message burdens the garbage collector; see {@link OutgoingMessage.progress}.
   */
  #recent = new Map<string, Turn>();
  #older = new Map<string, Turn>();

  constructor(sink: MessageSink, parked: Parked) {
    this.#sink = sink;
    this.#parked = parked;
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const { orderKey, newOrderKey } = message;
    if (orderKey === '') return this.#sink.send(message);
    const before = this.#open(orderKey);
    const beforeNew = newOrderKey === undefined ? undefined : this.#open(newOrderKey);
    const sent = before || beforeNew ? this.#sendBehind([before, beforeNew], message) : this.#sendNext(message);
    const turn = { progress: message.progress, sent };
    if (this.#recent.size >= generation) this.#renew();
    this.#recent.set(orderKey, turn);
    if (newOrderKey !== undefined) this.#recent.set(newOrderKey, turn);
    return sent;
  }

  /** The last message of an order key, if it is not settled. */
  #open(orderKey: string): Turn | undefined {
    const last = this.#recent.get(orderKey) ?? this.#older.get(orderKey);
    return last && !isOver(last) ? last : undefined;
  }

  async #sendBehind(before: readonly (Turn | undefined)[], message: OutgoingMessage): Promise<Receipt> {
    await Promise.allSettled(before.map((turn) => turn?.sent));
    return this.#sendNext(message);
  }

  /** The receipts mark the order keys of a refused message as parked before its next message is sent. */
  #sendNext(message: OutgoingMessage): Promise<Receipt> {
    return this.#parked.holds(message) ? Promise.reject(waitsBehind) : this.#sink.send(message);
  }

  #renew(): void {
    const open = [...this.#older].filter(([key, turn]) => !isOver(turn) && !this.#recent.has(key));
    this.#older = this.#recent;
    this.#recent = new Map(open);
  }
}

/** The receipts settle a message when its outcome is known and recorded. */
function isOver({ progress }: Turn): boolean {
  return progress.state === 'settled';
}
