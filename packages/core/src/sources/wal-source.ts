import { constants } from 'node:buffer';
import type { DatabaseConfiguration } from '@pgwamp/config';
import { Doorbell } from '../doorbell.ts';
import { type Batch, type Message, messageOverhead, type Source } from '../pipeline/index.ts';
import {
  type Connection,
  isTransactional,
  isWalSenderWorking,
  type Lsn,
  messageLsn,
  pgoutput,
  ReplicationStream,
  readCommitEnd,
} from '../postgres/index.ts';

/**
 * Bytes of messages that wait to be asked for, above which PostgreSQL is held back. Little, so that what is read dies young: garbage
 * that has grown old is collected late, and a transaction of a million messages would fill the memory with it.
 */
const highWater = 128 * 1024;

/** What a {@link WalSource} yields. */
export interface WalBatch<M extends Message> extends Batch<M> {
  /** The end of the last transaction in it, which `confirm` confirms; undefined where the batch ends within a transaction. */
  readonly position: Lsn | undefined;
}

/** What a {@link WalSource} reads. */
export interface WalOptions<M extends Message> {
  readonly database: DatabaseConfiguration;
  /** What pg_stat_activity shows. */
  readonly applicationName: string;
  /** A slot of plugin pgoutput; see `ensureSlot`. */
  readonly slot: string;
  /** The publications that let something through. */
  readonly publications: readonly string[];
  /** Bytes of a message, above which only its beginning is read, and it is refused. */
  readonly limit: number;
  /** What makes messages of what pgoutput sends; the first one that does counts. */
  readonly decoders: readonly WalDecoder<M>[];
  /** Options of pgoutput besides `messages`; see `ReplicationOptions`. */
  readonly options?: Readonly<Record<string, string>>;
  /** Where the slot is one of another plugin: its name, all its options, and where its transactions end. */
  readonly plugin?: WalPlugin;
  /** A connection by which PostgreSQL is asked whether it is busy, before a silent one counts as lost. */
  readonly control?: Connection;
  /** Told, about once in `heartbeat.timeout`, that nothing comes since PostgreSQL is busy with a large transaction. */
  busy?(): void;
  /** See `ReplicationOptions`. */
  readonly prepare?: string;
  /** A log position to begin at, if that is after what the slot was last confirmed at. */
  readonly start?: string;
}

/** A plugin for logical decoding. */
export interface WalPlugin {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly borders: WalBorders;
}

/** Tells where transactions begin and end in what a plugin sends. The buffer is only good until the call returns. */
export interface WalBorders {
  begins(buffer: Buffer, offset: number, end: number): boolean;
  /** Where the transaction that it ends has its end; undefined if it ends none. */
  ends(buffer: Buffer, offset: number, end: number): Lsn | undefined;
  /** Up to where everything was sent, of what stands outside of transactions. */
  standsAlone(buffer: Buffer, offset: number, end: number): Lsn | undefined;
}

const pgoutputBorders: WalBorders = {
  begins: (buffer, offset) => buffer[offset] === pgoutput.begin,
  ends: (buffer, offset) => (buffer[offset] === pgoutput.commit ? readCommitEnd(buffer, offset) : undefined),
  standsAlone(buffer, offset) {
    if (buffer[offset] !== pgoutput.message || isTransactional(buffer, offset)) return undefined;
    // Decoding skips a message outside of a transaction only if it begins before the confirmed position.
    return buffer.readBigUInt64BE(offset + messageLsn) + 1n;
  },
};

/** Makes messages of what pgoutput sends. */
export interface WalDecoder<M extends Message> {
  /**
   * @param buffer has a message of pgoutput between `offset` and `end`; only good until the call returns.
   * @param size its bytes; more than there are, where it is larger than the limit.
   * @returns nothing if it makes none.
   */
  decode(buffer: Buffer, offset: number, end: number, size: number): M | undefined;
}

/**
 * What decoders make of the write-ahead log, in commit order.
 *
 * Only the end of a transaction can be confirmed. A batch ends there, unless a transaction is too large to be held.
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
  /** So many of them, and of their bytes, belong to whole transactions. */
  #whole = { messages: 0, bytes: 0 };
  /** The end of the last whole transaction, until a batch has taken it. */
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
   * Begins to read a slot where it was last confirmed.
   *
   * @throws PostgreSQL's error, such as 55006 while another one reads the slot.
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
      data: (buffer, offset, end, size) => source.#receive(buffer, offset, end, size),
      keepalive: (end) => source.#reach(end),
      flush: () => source.#flush(),
      lost: (error) => source.#fail(error),
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

  /** Yields until PostgreSQL has sent everything before `end`. */
  async *readUntil(end: Lsn, stop: AbortSignal): AsyncGenerator<WalBatch<M>> {
    this.#stream?.ask();
    for await (const batch of this.read(stop)) {
      yield batch;
      if (this.#taken >= end) return;
      if (batch.confirm) this.#stream?.ask();
    }
  }

  /** Asks PostgreSQL how far it is; a batch without messages may answer. */
  ask(): void {
    this.#stream?.ask();
  }

  /** Confirms a position by itself, for who keeps account of several receivers: as `confirm` of a batch does. */
  confirm(position: Lsn): void {
    this.#stream?.confirm(position);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream?.close();
  }

  #receive(buffer: Buffer, offset: number, end: number, size: number): void {
    if (this.#borders.begins(buffer, offset, end)) this.#inTransaction = true;
    const message = this.#decode(buffer, offset, end, size);
    if (message) this.#accept(message);
    const committed = this.#borders.ends(buffer, offset, end);
    if (committed !== undefined) {
      this.#inTransaction = false;
      this.#reach(committed);
    } else if (message) {
      const reached = this.#borders.standsAlone(buffer, offset, end);
      if (reached !== undefined) this.#reach(reached);
    }
  }

  #decode(buffer: Buffer, offset: number, end: number, size: number): M | undefined {
    for (const decoder of this.#decoders) {
      const message = decoder.decode(buffer, offset, end, size);
      if (message) return message;
    }
    return undefined;
  }

  #accept(message: M): void {
    this.#messages.push(message);
    this.#bytes += held(message);
  }

  /** Within a transaction the server may be ahead of what it has sent of it. */
  #reach(end: Lsn): void {
    if (this.#inTransaction) return;
    this.#whole = { messages: this.#messages.length, bytes: this.#bytes };
    if (end > (this.#position ?? 0n)) this.#position = end;
  }

  #flush(): void {
    if (this.#bytes > highWater) this.#stream?.pause();
    this.#bell.ring();
  }

  #fail(error: Error): void {
    this.#error = error;
    this.#bell.ring();
  }

  #take(): WalBatch<M> {
    const position = this.#position;
    const confirm = position === undefined ? undefined : () => this.#stream?.confirm(position);
    const wasHeld = this.#bytes > highWater;
    const batch = { messages: position === undefined ? this.#takeAll() : this.#takeWhole(position), confirm, position };
    if (wasHeld && this.#bytes <= highWater) this.#stream?.resume();
    return batch;
  }

  #takeAll(): M[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }

  #takeWhole(position: Lsn): M[] {
    const { messages: count, bytes } = this.#whole;
    const begun = this.#messages.splice(count);
    const messages = this.#messages;
    this.#messages = begun;
    this.#bytes -= bytes;
    this.#whole = { messages: 0, bytes: 0 };
    this.#position = undefined;
    this.#taken = position;
    return messages;
  }
}

/** Of a message that was too large only the beginning is held. */
function held({ payload, size, refusal }: Message): number {
  return (refusal ? payload.length : size) + messageOverhead;
}
