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
   * change, it is the table and the primary key. For a TRUNCATE, and for a large row whose key was not read, it is the
   * table. It is also the message group of SQS FIFO. Empty: the message has no order.
   */
  readonly orderKey: string;
  /** The order key of later messages, if an UPDATE has changed the key of the row. */
  readonly newOrderKey?: string | undefined;
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

/**
 * The order keys of a message: none, its own, or two if an UPDATE has changed the key of a row. Nothing with one of its
 * keys may overtake it.
 */
export function orderKeysOf({ orderKey, newOrderKey }: OutgoingMessage): readonly string[] {
  if (orderKey === '') return [];
  return newOrderKey === undefined ? [orderKey] : [orderKey, newOrderKey];
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

/**
 * A connection to a broker. An application may open one of its own by a sink of kind `custom`.
 *
 * - A message that is not settled within `confirm_timeout` ends the connection. It is sent again by the next one.
 * - `lost` aborts when the connection has ended. `destroy` ends it without waiting. `[Symbol.asyncDispose]` may take two
 *   seconds.
 * - `stop()` of the Proxy waits `drain` milliseconds for messages in flight, and then ends the connection after one
 *   second, also if a message is never settled. A connection that is left open by `destroy` and by
 *   `[Symbol.asyncDispose]` keeps the process alive.
 *
 * @example
 * ```ts
 * import { connect } from 'node:net';
 * import { Lost, type OpenSink } from 'pgwamp';
 *
 * async function open(): Promise<OpenSink> {
 *   const socket = connect(4000, '127.0.0.1');
 *   const lost = new AbortController();
 *   socket.on('error', (error) => lost.abort(new Lost(error.message, false)));
 *   socket.on('close', () => lost.abort(new Lost('the connection was closed', false)));
 *   return {
 *     lost: lost.signal,
 *     send: ({ payload }) =>
 *       new Promise((resolve, reject) => socket.write(payload, (error) => (error ? reject(error) : resolve({})))),
 *     destroy: () => void socket.destroy(),
 *     [Symbol.asyncDispose]: async () => void socket.end(),
 *   };
 * }
 *
 * const sinks = { custom: { kind: 'custom' as const, open } };
 * ```
 */
export interface OpenSink extends MessageSink, OpenPart {}

/** The context of a sink besides its options. */
export interface SinkContext {
  /** The name in the configuration. */
  readonly name: string;
  readonly log: Logger;
}

/** Opens a sink of one kind. */
export type OpenSinkOf<Options> = (options: Options, context: SinkContext) => Promise<OpenSink>;
