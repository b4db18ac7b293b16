import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import format from 'pg-format';
import { DatabaseLostError } from '../../errors.ts';
import { connectClient } from '../client.ts';
import { divert } from '../message-reader.ts';
import { quotedLiteral } from '../quoting.ts';
import { reason } from '../server-error.ts';
import { acceptRawTexts, startupOptions } from '../session-settings.ts';
import { type Lsn, readLsn } from './lsn.ts';
import { epoch } from './pgoutput.ts';

/** Milliseconds between two reports of the confirmed position. */
const statusInterval = 200;

const xLogData = 'w'.charCodeAt(0);
const keepalive = 'k'.charCodeAt(0);
/** Size of the XLogData header in bytes. */
const xLogDataHeader = 25;

/** Options of a replication stream. */
export interface ReplicationOptions {
  readonly slot: string;
  /** Names of the publications. Their tables are published, and logical messages need one to exist. */
  readonly publications: readonly string[];
  /** Further options of pgoutput, such as `{ messages: 'true' }`. Without `proto_version`, protocol 1 is used. */
  readonly options?: Readonly<Record<string, string>>;
  /** The plugin of the slot. For a plugin other than pgoutput, only the given options are sent. */
  readonly plugin?: string;
  /** A statement that the same session runs before it reads, for example to create a temporary slot. */
  readonly prepare?: string;
  /** The start position, if it is after the last confirmed position. */
  readonly start?: string;
  /** Maximum size of a pgoutput message in bytes. A larger one is truncated. */
  readonly limit: number;
  /** Called before a silent connection is given up. Returns whether its server process is working. */
  readonly isWorking?: () => Promise<boolean>;
}

/** Callbacks of the stream, called while it reads its socket. */
export interface ReplicationCallbacks {
  /**
   * The payload of an XLogData message.
   *
   * @param buffer contains it between `offset` and `end`. It is only valid during the call.
   * @param size full size in bytes. It is larger than the given part if the message exceeds the limit.
   */
  data(buffer: Buffer, offset: number, end: number, size: number): void;
  /** The server has sent everything before this position. */
  keepalive(end: Lsn): void;
  /** A received chunk was processed. */
  flush(): void;
  /** The stream has ended. */
  lost(error: Error): void;
}

/** The log position of an XLogData message. `offset` is the offset of its payload. */
export function startOf(buffer: Buffer, offset: number): Lsn {
  return buffer.readBigUInt64BE(offset - xLogDataHeader + 1);
}

/** The log position of an XLogData message as text. */
export function positionOf(buffer: Buffer, offset: number): string {
  return readLsn(buffer, offset - xLogDataHeader + 1);
}

/**
 * Streaming replication from a logical slot, on its own connection. Only {@link ReplicationStream.confirm} confirms a
 * position.
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
      this.#receive,
      (error) => this.#lose(`what it sent cannot be read: ${reason(error)}`),
      this.#flush,
    );
    this.#timer = setInterval(() => this.#tick(), statusInterval);
  }

  /**
   * Starts at the last confirmed position of the slot.
   *
   * @throws PostgreSQL's error, such as 55006 while another session reads the slot.
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
      // These timeouts release the slot soon after its reader has vanished. A reader that only pauses has not vanished.
      options: startupOptions({ wal_sender_timeout: String(2 * (interval + timeout)), tcp_user_timeout: '0' }),
    } as pg.ClientConfig);
    await acceptRawTexts(client);
    const started = Promise.withResolvers<void>();
    client.connection.on('replicationStart', () => started.resolve());
    const stream = new ReplicationStream(client, configuration, reading, callbacks);
    if (prepare !== undefined) await stream.#prepare(prepare);
    const names = publications.map((name) => format('%I', name)).join(',');
    const ofPgoutput = plugin === 'pgoutput' ? { proto_version: '1', publication_names: names } : {};
    const given = Object.entries({ ...ofPgoutput, ...options });
    const list = given.map(([name, value]) => `"${name}" ${quotedLiteral(value)}`).join(', ');
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
    // The statement may wait for other sessions without a time limit. TCP keepalives monitor the network meanwhile.
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

  /**
   * Confirms that everything before this position need not be sent again. PostgreSQL learns it with the next status
   * report.
   */
  confirm(position: Lsn): void {
    if (position > this.#confirmed) this.#confirmed = position;
  }

  /** Requests PostgreSQL's current position, which {@link ReplicationCallbacks.keepalive} receives. */
  ask(): void {
    this.#report(true);
  }

  /** Stops reading until {@link ReplicationStream.resume}. PostgreSQL then waits. */
  pause(): void {
    this.#client.connection.stream.pause();
  }

  resume(): void {
    this.#heard = performance.now();
    this.#client.connection.stream.resume();
  }

  /** Reports the confirmed position and closes the stream. */
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
  readonly #flush = (): void => {
    if (this.#ended) return;
    this.#heard = performance.now();
    this.#asked = false;
    this.#callbacks.flush();
  };

  /** After the end, messages are still read but ignored: the server may only notice the end when it can send again. */
  readonly #receive = (buffer: Buffer, start: number, end: number, size: number): void => {
    if (this.#ended) return;
    if (buffer[start] === xLogData) {
      this.#callbacks.data(buffer, start + xLogDataHeader, end, size - xLogDataHeader);
    } else if (buffer[start] === keepalive) {
      this.#callbacks.keepalive(buffer.readBigUInt64BE(start + 1));
      if (buffer[start + 17] === 1) this.#report(false);
    }
  };

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

  /** A walsender that decodes a large transaction may be silent for minutes. So is a failed network. */
  async #inquire(silence: number): Promise<void> {
    this.#inquiring = true;
    const heard = this.#heard;
    try {
      const isWorking = await this.#isWorking?.();
      if (heard !== this.#heard) return;
      if (isWorking) this.#heard = performance.now() - this.#heartbeat.interval;
      else this.#lose(`no data for ${Math.round(silence)} ms`);
    } catch (error) {
      this.#lose(`no data for ${Math.round(silence)} ms, and the server process cannot be queried: ${reason(error)}`);
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
