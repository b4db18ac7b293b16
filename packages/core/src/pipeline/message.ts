import { Refused } from '../errors.ts';

/**
 * What leaves the database: by whatever source it comes, to whatever sink it goes.
 *
 * @example
 * ```ts
 * const message: Message = { id: '0/16B3748', channel: 'orders', payload: '{"id": 7}', size: 9 };
 * ```
 */
export interface Message {
  /** Names the message wherever it goes, so that a receiver recognises a repeat: for one of the log `LSN`, for a row `LSN/index`. */
  readonly id: string;
  /** What it is about: a channel of NOTIFY, a topic, a prefix, a table. */
  readonly channel: string;
  readonly payload: string | Buffer;
  /** Bytes of the payload, also where it was too large to be read. */
  readonly size: number;
  /** What else a receiver may want to know. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Why no sink can take it: it is malformed or too large. The pump refuses it without sending it. */
  readonly refusal?: Refused | undefined;
}

/** Roughly the bytes that the objects of a message take besides its payload. */
export const messageOverhead = 400;

/**
 * Makes a message of what a source has read.
 *
 * @param id what the source calls it.
 * @param channel what it was written to.
 * @param payload its text; only the beginning if it is not whole.
 * @param size bytes of all of it.
 * @param isWhole false where it is larger than the limit of the source, which has not read the rest.
 * @param committedAt when its transaction was committed, where the log tells it: milliseconds since 1970, with microseconds as a fraction.
 */
export type Parser<M extends Message> = (
  id: string,
  channel: string,
  payload: string,
  size: number,
  isWhole: boolean,
  committedAt?: number,
) => M;

/** Makes plain messages of texts. One that is too large keeps its beginning, and is refused. */
export const textMessage: Parser<Message> = (id, channel, payload, size, isWhole) => {
  const refusal = isWhole ? undefined : new Refused('too_large', `it has ${size} bytes, which is more than the limit`);
  return { id, channel, payload, size, refusal };
};

/** Messages that arrived together, in order. */
export interface Batch<M extends Message = Message> {
  readonly messages: readonly M[];
  /**
   * Tells the source that everything up to here is settled and need not come again; confirming a later batch confirms the
   * earlier ones. Undefined where a batch ends within a transaction.
   */
  readonly confirm: (() => Promise<void> | void) | undefined;
}

/** Where messages come from. */
export interface Source<M extends Message = Message> extends AsyncDisposable {
  /**
   * Yields what there is and then what comes, until `stop` aborts. A reader that does not ask for the next batch holds the source back.
   * Throws when the source is lost; a new source then begins after what was confirmed.
   */
  read(stop: AbortSignal): AsyncIterable<Batch<M>>;
}

/** The receiver's answer to a message. */
export interface Receipt {
  /** What the receiver calls the message, if it says so. */
  readonly id?: number | string | undefined;
}

/** Where messages go to. */
export interface Sink<M extends Message = Message> {
  /**
   * Resolves when the receiver has the message. Never throws before it returns.
   *
   * @throws what `explain` understands, or without it: `Refused` if the receiver will never take this message; `Lost` if the
   *   way to it is lost, which says whether that is blamed on the message; anything else is a loss that is blamed on no message.
   */
  send(message: M): Promise<Receipt>;
  /** Makes `Refused` or `Lost` of an error of `send`. Here rather than there, where it costs a promise for each message. */
  explain?(error: unknown): unknown;
}

/** Where it is written down what became of messages. */
export interface Receipts<M extends Message = Message> {
  /** The receiver has a message. Returns nothing if there is nothing to wait for. */
  accepted(message: M, receipt: Receipt): Promise<void> | undefined;
  /** A message is refused; it counts as settled once this resolves. */
  refused(message: M, why: Refused): Promise<void>;
}
