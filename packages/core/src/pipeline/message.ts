import { Refused } from '../errors.ts';

/**
 * A message from the database, independent of its source and its sink.
 *
 * @example
 * ```ts
 * const message: Message = { id: '0/16B3748', channel: 'orders', payload: '{"id": 7}', size: 9 };
 * ```
 */
export interface Message {
  /**
   * Identifies the message at every receiver, so that repeats can be recognized. For a message from the log the `LSN`,
   * for a row `LSN/index`.
   */
  readonly id: string;
  /** The subject of the message: a channel of NOTIFY, a topic, a prefix, or a table. */
  readonly channel: string;
  readonly payload: string | Buffer;
  /** Size of the payload in bytes, also if the payload was too large to read. */
  readonly size: number;
  /** Further information for receivers. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** The reason why no sink can accept it: it is malformed or too large. The pump refuses it without sending it. */
  readonly refusal?: Refused | undefined;
  /** Whether it is sent after everything before it is settled, and is settled before anything after it is sent. */
  readonly isAlone?: boolean;
}

/** Approximate memory of a message without its payload, in bytes. */
export const messageOverhead = 400;

/**
 * Creates a message from the data that a source has read.
 *
 * @param id identifies the message in the source.
 * @param channel the channel, prefix or table of the message.
 * @param payload its text, truncated if it is not whole.
 * @param size the full size in bytes.
 * @param isWhole false if the message exceeds the limit of the source, which has not read the rest.
 * @param committedAt commit time of its transaction, if the log contains it: milliseconds since 1970, with microseconds
 *   as a fraction.
 */
export type Parser<M extends Message> = (
  id: string,
  channel: string,
  payload: string,
  size: number,
  isWhole: boolean,
  committedAt?: number,
) => M;

/** Creates messages from plain text. A message that is too large is truncated and refused. */
export const textMessage: Parser<Message> = (id, channel, payload, size, isWhole) => {
  const refusal = isWhole ? undefined : new Refused('too_large', `it has ${size} bytes, which is more than the limit`);
  return { id, channel, payload, size, refusal };
};

/** Messages that arrived together, in order. */
export interface Batch<M extends Message = Message> {
  readonly messages: readonly M[];
  /**
   * Confirms to the source that everything up to here is settled and need not be sent again. Confirming a batch also
   * confirms the earlier ones. Undefined if a batch ends within a transaction.
   */
  readonly confirm: (() => Promise<void> | void) | undefined;
}

/** A source of messages. */
export interface Source<M extends Message = Message> extends AsyncDisposable {
  /**
   * Yields existing messages and then new ones, until `stop` aborts. The source waits while the reader does not request
   * the next batch. Throws when the source is lost. A new source then starts after the last confirmed position.
   */
  read(stop: AbortSignal): AsyncIterable<Batch<M>>;
}

/** The receiver's acknowledgement of a message. */
export interface Receipt {
  /** The receiver's id of the message, if it reports one. */
  readonly id?: number | string | undefined;
}

/** Receives the outcomes of sent messages: exactly one for each message, in any order. */
export interface Outcomes<M extends Message = Message> {
  /** The receiver has the message. */
  accepted(message: M, receipt: Receipt): void;
  /**
   * The receiver does not have the message, or nobody knows.
   *
   * @param error `Refused` if the receiver will never accept this message; `Lost` if the connection is lost, with the
   *   information whether the message caused the loss. Any other error is a loss that was not caused by a message.
   */
  failed(message: M, error: unknown): void;
}

/** The receiver of messages. */
export interface Sink<M extends Message = Message> {
  /**
   * Sends a message. Never throws: a message that cannot be sent has failed. Outcomes are reported by calls, because a
   * promise for each message costs measurable time.
   */
  send(message: M, outcomes: Outcomes<M>): void;
}

/** Records the outcome of messages. */
export interface Receipts<M extends Message = Message> {
  /** The receiver has accepted a message. Returns undefined if there is nothing to wait for. */
  accepted(message: M, receipt: Receipt): Promise<void> | undefined;
  /** A message was refused. It counts as settled when this promise resolves. */
  refused(message: M, why: Refused): Promise<void>;
}
