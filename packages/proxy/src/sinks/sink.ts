import type { Logger, OpenPart } from '@pgwamp/core/internal/component';
import type { Message, Sink } from '@pgwamp/core/internal/pipeline';

/** A message that is routed and formatted: what a sink sends as it is. */
export interface OutgoingMessage extends Message {
  /** The exchange, queue, topic, stream, subject or path, by the name that the broker knows. */
  readonly destination: string;
  /** AMQP's routing key, Kafka's key, the group of SQS; empty if there is none. Messages of one key keep their order. */
  readonly key: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
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
