import { constants } from 'node:buffer';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { Doorbell } from '../doorbell.ts';
import { type Batch, type Message, messageOverhead, type Source } from '../pipeline/index.ts';
import {
  type Connection,
  commitEnd,
  isWalSenderWorking,
  type Lsn,
  messageLsn,
  pgoutput,
  ReplicationStream,
} from '../postgres/index.ts';

/**
 * Size of waiting messages in bytes above which the source stops reading from PostgreSQL. It is small so that messages
 * become garbage soon: old garbage is collected late, and a transaction of a million messages would fill the memory.
 */
const highWater = 128 * 1024;

/** A batch of a {@link WalSource}. */
export interface WalBatch<M extends Message> extends Batch<M> {
  /**
   * The end of the last transaction in it, which `confirm` confirms. Undefined if the batch ends within a transaction.
   */
  readonly position: Lsn | undefined;
}

/** Options of a {@link WalSource}. */
export interface WalOptions<M extends Message> {
  readonly database: DatabaseConfiguration;
  /** The `application_name` in `pg_stat_activity`. */
  readonly applicationName: string;
  /** A slot with the plugin pgoutput; see `ensureSlot`. */
  readonly slot: string;
  /** The publications whose changes are read. */
  readonly publications: readonly string[];
  /** Maximum size of a message in bytes. A larger one is truncated and refused. */
  readonly limit: number;
  /** Convert the output of pgoutput to messages. The first decoder that returns a message is used. */
  readonly decoders: readonly WalDecoder<M>[];
  /** Options of pgoutput besides `messages`; see `ReplicationOptions`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Describes the plugin if the slot has another one: its name, all its options, and its transaction boundaries. */
  readonly plugin?: WalPlugin;
  /** A connection to query whether PostgreSQL is busy, before a silent replication connection counts as lost. */
  readonly control?: Connection;
  /**
   * Called about once per `heartbeat.timeout` while no data arrives because PostgreSQL is busy with a large
   * transaction.
   */
  busy?(): void;
  /** See `ReplicationOptions`. */
  readonly prepare?: string;
  /** The log position to start at, if it is after the slot's confirmed position. */
  readonly start?: string;
}

/** A plugin for logical decoding. */
export interface WalPlugin {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly borders: WalBorders;
}

/**
 * Finds the starts and ends of transactions in the output of a plugin: returns `begin`, or the position up to which
 * everything was sent for the end of a transaction and for a message outside a transaction, or undefined within a
 * transaction. The buffer is only valid during the call.
 *
 * @param inTransaction whether a transaction has begun and not ended.
 */
export type WalBorders = (
  buffer: Buffer,
  offset: number,
  end: number,
  inTransaction: boolean,
) => 'begin' | Lsn | undefined;

const pgoutputBorders: WalBorders = (buffer, offset, _end, inTransaction) => {
  switch (buffer[offset]) {
    case pgoutput.begin:
      return 'begin';
    case pgoutput.commit:
      return buffer.readBigUInt64BE(offset + commitEnd);
    case pgoutput.message:
      // Decoding skips a message outside a transaction only if it starts before the confirmed position.
      return inTransaction ? undefined : buffer.readBigUInt64BE(offset + messageLsn) + 1n;
    default:
      return undefined;
  }
};

/** Converts the output of pgoutput to messages. */
export interface WalDecoder<M extends Message> {
  /**
   * @param buffer contains a message of pgoutput between `offset` and `end`. It is only valid during the call.
   * @param size full size in bytes. It is larger than the given part if the message exceeds the limit.
   * @returns undefined if the output is not a message.
   */
  decode(buffer: Buffer, offset: number, end: number, size: number): M | undefined;
}

/**
 * A source that decodes the write-ahead log in commit order.
 *
 * Only the end of a transaction can be confirmed. A batch ends there, unless a transaction is too large for the memory.
 *
 * @example
 * ```ts
 * const decoders = [walMessages(['orders'], textMessage)];
 * await using source = await WalSource.open({ database, applicationName: 'proxy', slot, publications: ['proxy'], limit, decoders });
 * ```
 */
export class WalSource<M extends Message> implements Source<M> {
  readonly #decoders: readonly WalDecoder<M>[];
  readonly #borders: WalBorders;
  #stream: ReplicationStream | undefined;
  #messages: M[] = [];
  #bytes = 0;
  /** The number and the size of the messages that belong to complete transactions. */
  #wholeMessages = 0;
  #wholeBytes = 0;
  /** The end of the last complete transaction, until a batch has taken it. */
  #position: Lsn | undefined;
  #taken: Lsn = 0n;
  #inTransaction = false;
  #error: Error | undefined;
  readonly #bell = new Doorbell();

  private constructor(decoders: readonly WalDecoder<M>[], borders: WalBorders) {
    this.#decoders = decoders;
    this.#borders = borders;
  }

  /**
   * Starts reading a slot at its confirmed position.
   *
   * @throws PostgreSQL's error, such as 55006 while another session reads the slot.
   */
  static async open<M extends Message>(options: WalOptions<M>): Promise<WalSource<M>> {
    const { database, applicationName, slot, publications, limit, decoders, start, prepare, control, plugin } = options;
    const source = new WalSource(decoders, plugin?.borders ?? pgoutputBorders);
    const reading = {
      slot,
      publications,
      options: plugin?.options ?? { messages: 'true', ...options.options },
      ...(plugin && { plugin: plugin.name }),
      limit: Math.min(limit, constants.MAX_STRING_LENGTH),
      ...(start !== undefined && { start }),
      ...(prepare !== undefined && { prepare }),
      ...(control && {
        async isWorking() {
          const isWorking = await isWalSenderWorking(control, slot);
          if (isWorking) options.busy?.();
          return isWorking;
        },
      }),
    };
    source.#stream = await ReplicationStream.start(database, applicationName, reading, {
      data: source.#receive,
      keepalive: source.#reach,
      flush: source.#flush,
      lost: source.#fail,
    });
    return source;
  }

  async *read(stop: AbortSignal): AsyncGenerator<WalBatch<M>> {
    using _ = this.#bell.ringOn(stop);
    while (!stop.aborted) {
      if (this.#position !== undefined || this.#bytes > highWater) yield this.#take();
      else if (this.#error) throw this.#error;
      else await this.#bell.wait();
    }
  }

  /** Yields batches until PostgreSQL has sent everything before `end`. */
  async *readUntil(end: Lsn, stop: AbortSignal): AsyncGenerator<WalBatch<M>> {
    this.#stream?.ask();
    for await (const batch of this.read(stop)) {
      yield batch;
      if (this.#taken >= end) return;
      if (batch.confirm) this.#stream?.ask();
    }
  }

  /** Requests PostgreSQL's current position. A batch without messages may be the answer. */
  ask(): void {
    this.#stream?.ask();
  }

  /** Confirms a position like `confirm` of a batch, for callers that track several receivers. */
  confirm(position: Lsn): void {
    this.#stream?.confirm(position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream?.close();
  }

  // The callbacks of the stream are fields, because a function that only calls a method would run for every message.

  readonly #receive = (buffer: Buffer, offset: number, end: number, size: number): void => {
    const border = this.#borders(buffer, offset, end, this.#inTransaction);
    if (border === 'begin') this.#inTransaction = true;
    for (const decoder of this.#decoders) {
      const message = decoder.decode(buffer, offset, end, size);
      if (message === undefined) continue;
      this.#messages.push(message);
      // Only the start of a truncated message is in memory.
      this.#bytes += (message.refusal ? message.payload.length : message.size) + messageOverhead;
      break;
    }
    if (typeof border !== 'bigint') return;
    this.#inTransaction = false;
    this.#reach(border);
  };

  /** Within a transaction, the server may be ahead of the changes that it has sent. */
  readonly #reach = (end: Lsn): void => {
    if (this.#inTransaction) return;
    this.#wholeMessages = this.#messages.length;
    this.#wholeBytes = this.#bytes;
    if (end > (this.#position ?? 0n)) this.#position = end;
  };

  readonly #flush = (): void => {
    if (this.#bytes > highWater) this.#stream?.pause();
    this.#bell.ring();
  };

  readonly #fail = (error: Error): void => {
    this.#error = error;
    this.#bell.ring();
  };

  /** Takes the messages of complete transactions; if there is none, the first part of a transaction. */
  #take(): WalBatch<M> {
    const position = this.#position;
    const messages = this.#messages;
    const wasHeld = this.#bytes > highWater;
    if (position === undefined) {
      this.#messages = [];
      this.#bytes = 0;
    } else {
      this.#messages = messages.splice(this.#wholeMessages);
      this.#bytes -= this.#wholeBytes;
      this.#wholeMessages = 0;
      this.#wholeBytes = 0;
      this.#position = undefined;
      this.#taken = position;
    }
    if (wasHeld && this.#bytes <= highWater) this.#stream?.resume();
    const confirm = position === undefined ? undefined : () => this.#stream?.confirm(position);
    return { messages, confirm, position };
  }
}
