import type { Logger, OpenPart } from '@pgwamp/core/internal/component';
import type { Message, Sink } from '@pgwamp/core/internal/pipeline';
import type { Origin } from '../sources/source-message.ts';

/** A message that is routed and formatted: what a sink sends as it is. */
export interface OutgoingMessage extends Message {
  /** The exchange, queue, topic, stream, subject or path, by the name that the broker knows. */
  readonly destination: string;
  /** AMQP's routing key, Kafka's key, the end of a topic of MQTT; empty if there is none. */
  readonly key: string;
  /**
   * What keeps its order: messages with the same one are delivered one after the other, also when one of them is refused. Of a change it
   * is its table and primary key. Also the group of SQS FIFO. Empty: the message needs no order.
   */
  readonly orderKey: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What it was made of. */
  readonly origin: Origin;
  /**
   * Whether the broker has it. It stands here, and not in a set: of what comes and goes in a set with every message, V8 keeps what was in it
   * until it collects all garbage, since each table of a set that has grown old leads to the next one.
   */
  state: 'ready' | 'sent' | 'settled';
}

/**
 * A connection to a broker. `send` resolves when the broker has confirmed the message; it throws `Refused` if the broker never takes
 * this one, and `Lost` if the connection is gone.
 */
export interface OpenSink extends Sink<OutgoingMessage>, OpenPart {}

/** What a sink is opened with besides its options. */
export interface SinkContext {
  /** What the configuration calls it. */
  readonly name: string;
  readonly log: Logger;
}

/** A kind of broker: how to reach it. */
export type OpenSinkOf<Options> = (options: Options, context: SinkContext) => Promise<OpenSink>;
