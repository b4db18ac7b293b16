import { Refused } from '@pgwamp/core';
import type { Receipt, Sink } from '@pgwamp/core/internal/pipeline';
import type { OutgoingMessage } from '../sinks/sink.ts';

/** A message is not sent, since one before it is parked; it is sent by itself once that one is out of the way. */
export const waitsBehind = new Refused('refused', 'it waits for a parked message with the same order key');

/** Order keys that are remembered together. */
const generation = 1024;

/** Which order keys have parked messages. */
export interface ParkedKeys {
  isParked(orderKey: string): boolean;
}

/** The last message of an order key. */
interface Turn {
  /** Whether it is known what became of it. */
  isOver: boolean;
  /** Resolves whatever becomes of it. */
  over: Promise<void>;
}

/**
 * Keeps the order of messages with the same order key, also when one of them is refused: the next one is sent when it is known what became of
 * the one before. All others are on their way at the same time.
 */
export class OrderedSink implements Sink<OutgoingMessage> {
  readonly #sink: Sink<OutgoingMessage>;
  readonly #parked: ParkedKeys;
  /**
   * By order key. What is over is not deleted: the older map is dropped whole, since a map from which something is deleted with every message
   * makes much work for the garbage collector; see {@link OutgoingMessage.state}.
   */
  #recent = new Map<string, Turn>();
  #older = new Map<string, Turn>();

  constructor(sink: Sink<OutgoingMessage>, parked: ParkedKeys) {
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

  /** Who is told of a refusal marks its order key as parked before the next message of the key gets here. */
  #sendNext(message: OutgoingMessage): Promise<Receipt> {
    return this.#parked.isParked(message.orderKey) ? Promise.reject(waitsBehind) : this.#sink.send(message);
  }

  #renew(): void {
    const open = [...this.#older].filter(([key, { isOver }]) => !isOver && !this.#recent.has(key));
    this.#older = this.#recent;
    this.#recent = new Map(open);
  }
}
