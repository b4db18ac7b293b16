import { Refused } from '@pgwamp/core';
import type { Receipt, Sink } from '@pgwamp/core/internal/pipeline';
import type { OutgoingMessage } from '../sinks/sink.ts';

/** A message is not sent, since one before it is parked; it is sent by itself once that one is out of the way. */
export const waitsBehind = new Refused('refused', 'it waits for a parked message with the same order key');

/** Which order keys have parked messages. */
export interface ParkedKeys {
  isParked(orderKey: string): boolean;
}

/**
 * Keeps the order of messages with the same order key, also when one of them is refused: the next one is sent when it is known what became of
 * the one before. All others are on their way at the same time.
 */
export class OrderedSink implements Sink<OutgoingMessage> {
  readonly #sink: Sink<OutgoingMessage>;
  readonly #parked: ParkedKeys;
  /** Of each order key the last message that is on its way; resolves whatever becomes of it. */
  readonly #last = new Map<string, Promise<void>>();

  constructor(sink: Sink<OutgoingMessage>, parked: ParkedKeys) {
    this.#sink = sink;
    this.#parked = parked;
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    const { orderKey } = message;
    if (orderKey === '') return this.#sink.send(message);
    const before = this.#last.get(orderKey);
    const sent = before === undefined ? this.#sendNext(message) : before.then(() => this.#sendNext(message));
    const leave = () => {
      if (this.#last.get(orderKey) === settled) this.#last.delete(orderKey);
    };
    const settled: Promise<void> = sent.then(leave, leave);
    this.#last.set(orderKey, settled);
    return sent;
  }

  /** Who is told of a refusal marks its order key as parked before the next message of the key gets here. */
  #sendNext(message: OutgoingMessage): Promise<Receipt> {
    return this.#parked.isParked(message.orderKey) ? Promise.reject(waitsBehind) : this.#sink.send(message);
  }
}
