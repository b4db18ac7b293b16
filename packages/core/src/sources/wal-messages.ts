import type { DatabaseConfiguration } from '@pgwamp/config';
import { Doorbell } from '../doorbell.ts';
import type { Batch, Emission, Source } from '../pipeline/index.ts';
import { parseEmission, sizeOf } from '../pipeline/index.ts';
import type { Lsn } from '../postgres/index.ts';
import { decodePgoutput, ReplicationStream } from '../postgres/index.ts';

/** The prefix of our logical messages. */
const prefix = 'crossbar';
/**
 * Bytes of emissions that wait to be asked for, above which PostgreSQL is held back. Little, so that what is read dies young: garbage
 * that has grown old is collected late, and a transaction of a million publications would fill the memory with it.
 */
const highWater = 256 * 1024;

/**
 * Publications out of the write-ahead log: logical messages with the prefix `crossbar`, in commit order.
 *
 * Only the end of a transaction can be confirmed. A batch ends there, unless a transaction is too large to be held.
 */
export class WalSource implements Source {
  #stream: ReplicationStream | undefined;
  #emissions: Emission[] = [];
  #bytes = 0;
  /** So many of them, and of their bytes, belong to whole transactions. */
  #whole = { emissions: 0, bytes: 0 };
  /** The end of the last whole transaction, until a batch has taken it. */
  #position: Lsn | undefined;
  #taken: Lsn = 0n;
  #inTransaction = false;
  #error: Error | undefined;
  readonly #bell = new Doorbell();

  private constructor() {}

  /**
   * Begins to read a slot where it was last confirmed.
   *
   * @throws PostgreSQL's error, such as 55006 while another one reads the slot.
   */
  static async open(configuration: DatabaseConfiguration, applicationName: string, slot: string): Promise<WalSource> {
    const source = new WalSource();
    source.#stream = await ReplicationStream.start(configuration, applicationName, slot, {
      data: (buffer, offset) => source.#receive(buffer, offset),
      keepalive: (end) => source.#reach(end),
      flush: () => source.#flush(),
      lost: (error) => source.#fail(error),
    });
    return source;
  }

  async *read(stop: AbortSignal): AsyncGenerator<Batch> {
    using _ = this.#bell.ringOn(stop);
    while (!stop.aborted) {
      if (this.#position !== undefined || this.#bytes > highWater) yield this.#take();
      else if (this.#error) throw this.#error;
      else await this.#bell.wait();
    }
  }

  /** Yields until PostgreSQL has sent everything before `end`. */
  async *readUntil(end: Lsn, stop: AbortSignal): AsyncGenerator<Batch> {
    this.#stream?.ask();
    for await (const batch of this.read(stop)) {
      yield batch;
      if (this.#taken >= end) return;
      if (batch.confirm) this.#stream?.ask();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream?.close();
  }

  #receive(buffer: Buffer, offset: number): void {
    const message = decodePgoutput(buffer, offset);
    if (message.type === 'begin') this.#inTransaction = true;
    else if (message.type === 'commit') {
      this.#inTransaction = false;
      this.#reach(message.end);
    } else if (message.type === 'message' && message.prefix === prefix) {
      this.#accept(parseEmission(String(message.lsn), message.content));
      // Decoding skips a message outside of a transaction only if it begins before the confirmed position.
      if (!message.transactional) this.#reach(message.lsn + 1n);
    }
  }

  #accept(emission: Emission): void {
    this.#emissions.push(emission);
    this.#bytes += sizeOf(emission);
  }

  /** Within a transaction the server may be ahead of what it has sent of it. */
  #reach(end: Lsn): void {
    if (this.#inTransaction) return;
    this.#whole = { emissions: this.#emissions.length, bytes: this.#bytes };
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

  #take(): Batch {
    const position = this.#position;
    const confirm = position === undefined ? undefined : () => this.#stream?.confirm(position);
    const wasHeld = this.#bytes > highWater;
    const batch = { emissions: position === undefined ? this.#takeAll() : this.#takeWhole(position), confirm };
    if (wasHeld && this.#bytes <= highWater) this.#stream?.resume();
    return batch;
  }

  #takeAll(): Emission[] {
    const emissions = this.#emissions;
    this.#emissions = [];
    this.#bytes = 0;
    return emissions;
  }

  #takeWhole(position: Lsn): Emission[] {
    const { emissions: count, bytes } = this.#whole;
    const begun = this.#emissions.splice(count);
    const emissions = this.#emissions;
    this.#emissions = begun;
    this.#bytes -= bytes;
    this.#whole = { emissions: 0, bytes: 0 };
    this.#position = undefined;
    this.#taken = position;
    return emissions;
  }
}
