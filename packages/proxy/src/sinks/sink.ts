import type { Logger, OpenPart } from '@pgwamp/core/internal/component';
import type { Message, Receipt } from '@pgwamp/core/internal/pipeline';
import type { Origin } from '../sources/source-message.ts';

/** A routed and formatted message, ready to be sent. */
export interface OutgoingMessage extends Message {
  /** The exchange, queue, topic, stream, subject or path at the broker. */
  readonly destination: string;
  /** AMQP's routing key, Kafka's key, the last part of an MQTT topic; empty if there is none. */
  readonly key: string;
  /**
   * The order key: messages with the same key are delivered one after the other, also if one of them is refused. For a
   * change it is the table and the primary key. It is also the message group of SQS FIFO. Empty: the message has no
   * order.
   */
  readonly orderKey: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The source message. */
  readonly origin: Origin;
  /**
   * Whether the broker has the message. This is a field rather than a set of messages: if a set changes with every
   * message, V8 keeps its former entries until a full garbage collection, since each old table of the set refers to the
   * next one. It is an object of its own, so that it can be kept without the payload.
   */
  readonly progress: Progress;
}

/** The delivery of a message so far. */
export interface Progress {
  state: 'ready' | 'sent' | 'settled';
}

/** The receiver of routed messages. */
export interface MessageSink {
  /**
   * Resolves when the receiver has confirmed the message. Always returns a promise, and never throws synchronously.
   *
   * @throws `Refused` if the receiver never accepts this message, and `Lost` if the connection is lost.
   */
  send(message: OutgoingMessage): Promise<Receipt>;
}

/** A connection to a broker. */
export interface OpenSink extends MessageSink, OpenPart {}

/** The context of a sink besides its options. */
export interface SinkContext {
  /** The name in the configuration. */
  readonly name: string;
  readonly log: Logger;
}

/** Opens a sink of one kind. */
export type OpenSinkOf<Options> = (options: Options, context: SinkContext) => Promise<OpenSink>;
