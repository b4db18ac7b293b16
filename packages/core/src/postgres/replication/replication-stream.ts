import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import format from 'pg-format';
import { DatabaseLostError } from '../../errors.ts';
import { connectClient } from '../client.ts';
import { divert } from '../message-reader.ts';
import { reason } from '../server-error.ts';
import { startupOptions } from '../session-settings.ts';
import { type Lsn, readLsn } from './lsn.ts';
import { epoch } from './pgoutput.ts';

/** Milliseconds between two reports of what was confirmed. */
const statusInterval = 200;

const xLogData = 'w'.charCodeAt(0);
const keepalive = 'k'.charCodeAt(0);
/** The bytes of XLogData before its payload. */
const xLogDataHeader = 25;

/** What is read, and how. */
export interface ReplicationOptions {
  readonly slot: string;
  /** Names of the publications whose tables, and whose existence, let something through. */
  readonly publications: readonly string[];
  /** Options of pgoutput besides, such as `{ messages: 'true' }`; protocol 1 if there is no `proto_version`. */
  readonly options?: Readonly<Record<string, string>>;
  /** The plugin of the slot; all options of another one than pgoutput are those that are given. */
  readonly plugin?: string;
  /** A statement that the same session runs before it reads, such as one that makes a temporary slot. */
  readonly prepare?: string;
  /** Where to begin, if that is after what was last confirmed. */
  readonly start?: string;
  /** Bytes of a message of pgoutput, above which only its beginning is read. */
  readonly limit: number;
  /** Asked before a silent connection is given up: whether its server process is at work all the same. */
  readonly isWorking?: () => Promise<boolean>;
}

/** What the stream calls back, while it reads its socket. */
export interface ReplicationCallbacks {
  /**
   * Payload of an XLogData message.
   *
   * @param buffer has it between `offset` and `end`; only good until the call returns.
   * @param size its bytes; more than there are, where it is larger than the limit.
   */
  data(buffer: Buffer, offset: number, end: number, size: number): void;
  /** The server is this far, and everything before was sent. */
  keepalive(end: Lsn): void;
  /** All that had arrived in one piece was handed out. */
  flush(): void;
  /** The stream ended and is of no use any more. */
  lost(error: Error): void;
}

/** The log position of what an XLogData message carries; `offset` is that of its payload. */
export function startOf(buffer: Buffer, offset: number): Lsn {
  return buffer.readBigUInt64BE(offset - xLogDataHeader + 1);
}

/** The same as text. */
export function positionOf(buffer: Buffer, offset: number): string {
  return readLsn(buffer, offset - xLogDataHeader + 1);
}

/**
 * Streaming replication of a logical slot, on a connection of its own. Nothing is confirmed but by {@link ReplicationStream.confirm}.
 *
 * @see https://www.postgresql.org/docs/current/protocol-replication.html
 */
export class ReplicationStream {
  readonly #client: pg.Client;
  readonly #callbacks: ReplicationCallbacks;
  readonly #heartbeat: DatabaseConfiguration['heartbeat'];
  #timer: NodeJS.Timeout;
  readonly #isWorking: ReplicationOptions['isWorking'];
  readonly #status = Buffer.alloc(34);
  #confirmed: Lsn = 0n;
  #heard = performance.now();
  #asked = false;
  #inquiring = false;
  #ended = false;

  private constructor(
    client: pg.Client,
    configuration: DatabaseConfiguration,
    { limit, isWorking }: ReplicationOptions,
    callbacks: ReplicationCallbacks,
  ) {
    this.#client = client;
    this.#isWorking = isWorking;
    this.#callbacks = callbacks;
    this.#heartbeat = configuration.heartbeat;
    this.#status.write('r');
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    divert(
      client.connection,
      'd',
      limit + xLogDataHeader,
      (buffer, start, end, size) => this.#receive(buffer, start, end, size),
      (error) => this.#lose(`what it sent cannot be read: ${reason(error)}`),
      () => this.#flush(),
    );
    this.#timer = setInterval(() => this.#tick(), statusInterval);
  }

  /**
   * Starts where the slot was last confirmed.
   *
   * @throws PostgreSQL's error, such as 55006 while another one reads the slot.
   */
  static async start(
    configuration: DatabaseConfiguration,
    applicationName: string,
    reading: ReplicationOptions,
    callbacks: ReplicationCallbacks,
  ): Promise<ReplicationStream> {
    const { slot, publications, options = {}, plugin = 'pgoutput', start = '0/0', prepare } = reading;
    const { interval, timeout } = configuration.heartbeat;
    const client = await connectClient(configuration, applicationName, {
      replication: 'database',
      // So that a slot is free again soon after its reader vanished without a word. One that reads no more for a while has not vanished.
      options: startupOptions({ wal_sender_timeout: String(2 * (interval + timeout)), tcp_user_timeout: '0' }),
    } as pg.ClientConfig);
    const started = Promise.withResolvers<void>();
    client.connection.on('replicationStart', () => started.resolve());
    const stream = new ReplicationStream(client, configuration, reading, callbacks);
    if (prepare !== undefined) await stream.#prepare(prepare);
    const names = publications.map((name) => format('%I', name)).join(',');
    const ofPgoutput = plugin === 'pgoutput' ? { proto_version: '1', publication_names: names } : {};
    const given = Object.entries({ ...ofPgoutput, ...options });
    const list = given.map(([name, value]) => `"${name}" '${value.replaceAll("'", "''")}'`).join(', ');
    client.query(format(`START_REPLICATION SLOT %I LOGICAL %s (%s)`, slot, start, list)).then(
      () => stream.#lose('PostgreSQL ended the stream'),
      (error: Error) => {
        started.reject(error);
        stream.#lose(reason(error), error);
      },
    );
    await started.promise;
    return stream;
  }

  async #prepare(statement: string): Promise<void> {
    // It may wait for others for as long as it likes; the network is watched by TCP meanwhile.
    clearInterval(this.#timer);
    try {
      await this.#client.query(statement);
    } catch (error) {
      this.#lose(reason(error));
      throw error;
    }
    this.#heard = performance.now();
    this.#timer = setInterval(() => this.#tick(), statusInterval);
  }

  /** Tells PostgreSQL, soon, that everything before this position need not come again. */
  confirm(position: Lsn): void {
    if (position > this.#confirmed) this.#confirmed = position;
  }

  /** Asks PostgreSQL how far it is; {@link ReplicationCallbacks.keepalive} answers. */
  ask(): void {
    this.#report(true);
  }

  /** Reads no more until {@link ReplicationStream.resume}; PostgreSQL is held back. */
  pause(): void {
    this.#client.connection.stream.pause();
  }

  resume(): void {
    this.#heard = performance.now();
    this.#client.connection.stream.resume();
  }

  /** Reports what was confirmed and closes. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    const { stream } = this.#client.connection;
    this.#report(false);
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      setTimeout(() => stream.destroy(), this.#heartbeat.timeout).unref();
      stream.end();
      stream.resume();
    });
  }

  /** A message may be so large that it takes longer than a heartbeat to arrive. */
  #flush(): void {
    if (this.#ended) return;
    this.#heard = performance.now();
    this.#asked = false;
    this.#callbacks.flush();
  }

  /** What comes after the end is read all the same: the server may notice the end only when it can send again. */
  #receive(buffer: Buffer, start: number, end: number, size: number): void {
    if (this.#ended) return;
    if (buffer[start] === xLogData) {
      this.#callbacks.data(buffer, start + xLogDataHeader, end, size - xLogDataHeader);
    } else if (buffer[start] === keepalive) {
      this.#callbacks.keepalive(buffer.readBigUInt64BE(start + 1));
      if (buffer[start + 17] === 1) this.#report(false);
    }
  }

  #tick(): void {
    const silence = this.#client.connection.stream.isPaused() ? 0 : performance.now() - this.#heard;
    if (silence > this.#heartbeat.interval + this.#heartbeat.timeout) {
      if (!this.#inquiring) void this.#inquire(silence);
      return;
    }
    const ask = silence > this.#heartbeat.interval && !this.#asked;
    this.#asked ||= ask;
    this.#report(ask);
  }

  /** A walsender that decodes a large transaction may be silent for minutes; a network that died is silent as well. */
  async #inquire(silence: number): Promise<void> {
    this.#inquiring = true;
    const heard = this.#heard;
    try {
      const isWorking = await this.#isWorking?.();
      if (heard !== this.#heard) return;
      if (isWorking) this.#heard = performance.now() - this.#heartbeat.interval;
      else this.#lose(`no word for ${Math.round(silence)} ms`);
    } catch (error) {
      this.#lose(`no word for ${Math.round(silence)} ms, and PostgreSQL cannot be asked: ${reason(error)}`);
    } finally {
      this.#inquiring = false;
    }
  }

  #report(ask: boolean): void {
    const { stream } = this.#client.connection;
    if (!stream.writable) return;
    for (const field of [1, 9, 17]) this.#status.writeBigUInt64BE(this.#confirmed, field);
    this.#status.writeBigInt64BE(BigInt(Date.now() - epoch * 1000) * 1000n, 25);
    this.#status.writeUInt8(ask ? 1 : 0, 33);
    this.#client.connection.sendCopyFromChunk(Buffer.from(this.#status));
  }

  #lose(why: string, cause?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#client.connection.stream.destroy();
    this.#callbacks.lost(new DatabaseLostError(why, { cause }));
  }
}
