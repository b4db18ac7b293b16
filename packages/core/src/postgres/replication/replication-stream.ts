import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import format from 'pg-format';
import { DatabaseLostError } from '../../errors.ts';
import { connectClient, reason } from '../index.ts';
import type { Lsn } from './lsn.ts';

/** Milliseconds between two reports of what was confirmed. */
const statusInterval = 200;
/** Seconds between the epochs of Unix and PostgreSQL. */
const epoch = 946_684_800;

const xLogData = 'w'.charCodeAt(0);
const keepalive = 'k'.charCodeAt(0);
/** The bytes of XLogData before its payload. */
const xLogDataHeader = 25;

/** What the stream calls back, while it reads its socket. */
export interface ReplicationCallbacks {
  /** Payload of an XLogData message, from `offset` on; only good until the call returns. */
  data(buffer: Buffer, offset: number): void;
  /** The server is this far, and everything before was sent. */
  keepalive(end: Lsn): void;
  /** All that had arrived in one piece was handed out. */
  flush(): void;
  /** The stream ended and is of no use any more. */
  lost(error: Error): void;
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
  readonly #timer: NodeJS.Timeout;
  readonly #status = Buffer.alloc(34);
  #confirmed: Lsn = 0n;
  #heard = performance.now();
  #asked = false;
  #ended = false;

  private constructor(client: pg.Client, configuration: DatabaseConfiguration, callbacks: ReplicationCallbacks) {
    this.#client = client;
    this.#callbacks = callbacks;
    this.#heartbeat = configuration.heartbeat;
    this.#status.write('r');
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    client.connection.on('copyData', ({ chunk }) => this.#receive(chunk));
    // Registered after the driver's own listener: it runs when all messages of the piece were parsed.
    client.connection.stream.on('data', () => this.#flush());
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
    slot: string,
    callbacks: ReplicationCallbacks,
  ): Promise<ReplicationStream> {
    const { interval, timeout } = configuration.heartbeat;
    const client = await connectClient(configuration, applicationName, {
      replication: 'database',
      // So that a slot is free again soon after its reader vanished without a word.
      options: `-c wal_sender_timeout=${2 * (interval + timeout)}`,
    } as pg.ClientConfig);
    const started = Promise.withResolvers<void>();
    client.connection.on('replicationStart', () => started.resolve());
    const stream = new ReplicationStream(client, configuration, callbacks);
    const options = `(proto_version '1', publication_names 'crossbar', messages 'true')`;
    client.query(format(`START_REPLICATION SLOT %I LOGICAL 0/0 ${options}`, slot)).then(
      () => stream.#lose('PostgreSQL ended the stream'),
      (error: Error) => {
        started.reject(error);
        stream.#lose(reason(error));
      },
    );
    await started.promise;
    return stream;
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
  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    if (chunk[0] === xLogData) this.#callbacks.data(chunk, xLogDataHeader);
    else if (chunk[0] === keepalive) this.#receiveKeepalive(chunk);
  }

  #receiveKeepalive(chunk: Buffer): void {
    this.#callbacks.keepalive(chunk.readBigUInt64BE(1));
    if (chunk[17] === 1) this.#report(false);
  }

  #tick(): void {
    const silence = this.#client.connection.stream.isPaused() ? 0 : performance.now() - this.#heard;
    if (silence > this.#heartbeat.interval + this.#heartbeat.timeout) {
      this.#lose(`no word for ${Math.round(silence)} ms`);
      return;
    }
    const ask = silence > this.#heartbeat.interval && !this.#asked;
    this.#asked ||= ask;
    this.#report(ask);
  }

  #report(ask: boolean): void {
    const { stream } = this.#client.connection;
    if (!stream.writable) return;
    for (const field of [1, 9, 17]) this.#status.writeBigUInt64BE(this.#confirmed, field);
    this.#status.writeBigInt64BE(BigInt(Date.now() - epoch * 1000) * 1000n, 25);
    this.#status.writeUInt8(ask ? 1 : 0, 33);
    this.#client.connection.sendCopyFromChunk(Buffer.from(this.#status));
  }

  #lose(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    this.#client.connection.stream.destroy();
    this.#callbacks.lost(new DatabaseLostError(why));
  }
}
