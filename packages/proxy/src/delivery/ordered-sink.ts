import { Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import type { MessageSink, OutgoingMessage } from '../sinks/sink.ts';

/** The refusal of a message that waits behind a parked one; it is sent automatically after that one. */
export const waitsBehind = new Refused('refused', 'it waits for a parked message with the same order key');

/** Limit of order keys in one map. */
const generation = 1024;

/** The order keys with parked messages. */
export interface ParkedKeys {
  isParked(orderKey: string): boolean;
}

/** The last message of an order key. */
interface Turn {
  /** Whether its outcome is known. */
  isOver: boolean;
  /** Resolves when the outcome is known. */
  over: Promise<void>;
}

/**
 * Keeps the order of messages with the same order key, also if one of them is refused: the next one is sent when the
 * outcome of the former one is known. Messages with different keys are sent concurrently.
 */
export class OrderedSink implements MessageSink {
  readonly #sink: MessageSink;
  readonly #parked: ParkedKeys;
  /**
   * By order key. Completed entries are not deleted one by one. Instead the older map is dropped as a whole, since a
   * map with a deletion per message burdens the garbage collector; see {@link OutgoingMessage.state}.
   */
  #recent = new Map<string, Turn>();
  #older = new Map<string, Turn>();

  constructor(sink: MessageSink, parked: ParkedKeys) {
    this.#sink = sink;
    this.#parked = parked;
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const { orderKey } = message;
    if (orderKey === '') return this.#sink.send(message);
    const before = this.#recent.get(orderKey) ?? this.#older.get(orderKey);
    const isNext = before === undefined || before.isOver;
    const sent = isNext ? this.#sendNext(message) : before.over.then(() => this.#sendNext(message));
    const end = () => {
      turn.isOver = true;
    };
    const turn: Turn = { isOver: false, over: sent.then(end, end) };
    if (this.#recent.size >= generation) this.#renew();
    this.#recent.set(orderKey, turn);
    return sent;
  }

  /** The receipts mark the order key of a refused message as parked before its next message is sent. */
  #sendNext(message: OutgoingMessage): Promise<Receipt> {
    return this.#parked.isParked(message.orderKey) ? Promise.reject(waitsBehind) : this.#sink.send(message);
  }

  #renew(): void {
    const open = [...this.#older].filter(([key, { isOver }]) => !isOver && !this.#recent.has(key));
    this.#older = this.#recent;
    this.#recent = new Map(open);
  }
}
