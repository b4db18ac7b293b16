import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { DatabaseLostError, PostgresTooOldError } from '../errors.ts';
import { connectClient, connectTimeout } from './client.ts';
import { divert } from './message-reader.ts';
import { checkIdentity } from './pooler-detection.ts';
import { connectError, isServerError, reason } from './server-error.ts';
import { applySettings } from './session-settings.ts';

/** Options of one statement. */
export interface QueryOptions {
  /**
   * Milliseconds without data in either direction after which the connection counts as lost. Infinity for statements
   * that wait for other sessions.
   */
  readonly timeout?: number;
}

/**
 * A dedicated session in PostgreSQL. Statements run one after the other, an idle session is probed, and a session that
 * does not answer is closed.
 */
export class Connection implements AsyncDisposable {
  /** Aborts when the session is lost. Its reason is a `DatabaseLostError`. `close` does not abort it. */
  readonly lost: AbortSignal;
  /** The database that it is connected to. */
  readonly configuration: DatabaseConfiguration;
  readonly #client: pg.Client;
  readonly #heartbeat: DatabaseConfiguration['heartbeat'];
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** Whether every text is valid UTF-8. */
  readonly #isUtf8: boolean;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  private constructor(client: pg.Client, configuration: DatabaseConfiguration, encoding: string) {
    const { heartbeat } = configuration;
    this.#client = client;
    this.#isUtf8 = encoding !== 'SQL_ASCII';
    this.configuration = configuration;
    this.#heartbeat = heartbeat;
    this.lost = this.#lost.signal;
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    this.#timer = setInterval(() => this.#probe(), heartbeat.interval);
    this.#timer.unref();
  }

  /**
   * @param configuration the database.
   * @param applicationName the `application_name` in `pg_stat_activity`.
   * @throws `PoolerError` if a pooler would share the session among clients; `DatabaseLostError` if PostgreSQL cannot
   *   be reached; `DatabaseRefusedError` if PostgreSQL refuses; `PostgresTooOldError`.
   */
  static async open(configuration: DatabaseConfiguration, applicationName: string): Promise<Connection> {
    const client = await connectClient(configuration, applicationName);
    const giveUp = setTimeout(() => client.connection.stream.destroy(), connectTimeout);
    try {
      await checkIdentity(client, () => connectClient(configuration, applicationName));
      const encoding = await applySettings(client);
      await endWhenSilent(client, configuration.heartbeat);
      return new Connection(client, configuration, encoding);
    } catch (error) {
      client.connection.stream.destroy();
      throw connectError(configuration, error);
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** The process id of the server process. */
  get processId(): number {
    return this.#client.processID ?? 0;
  }

  /**
   * Runs a statement after all statements queued before it.
   *
   * @throws `DatabaseLostError` if the session is lost or does not answer in time; PostgreSQL's own error if the
   *   statement fails.
   */
  query<Row extends object>(
    statement: string,
    parameters: readonly unknown[] = [],
    options?: QueryOptions,
  ): Promise<Row[]> {
    if (this.#closed) return Promise.reject(new DatabaseLostError('it was closed'));
    this.#waiting += 1;
    const run = this.#queue.then(() => this.#run<Row>(statement, parameters, options));
    const settled = () => {
      this.#waiting -= 1;
    };
    this.#queue = run.then(settled, settled);
    return run;
  }

  /** Registers a listener for every NOTIFY of the channels to which this session LISTENs. */
  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#client.on('notification', ({ channel, payload }) => listener(channel, payload ?? ''));
  }

  /**
   * Registers a listener that receives the payload of every NOTIFY as bytes of UTF-8, a slice of all that was read with
   * it, and the process id of the sender. It replaces {@link onNotification}, and has to be called before the first LISTEN.
   */
  onNotificationBytes(listener: (channel: string, payload: Buffer, sender: number) => void): void {
    const channels = new LastChannel();
    const notified = (buffer: Buffer, start: number, end: number) => {
      // The message consists of the process id, the channel and the payload. A zero byte ends both strings.
      const channel = channels.read(buffer, start + 4);
      const payload = start + 4 + channels.size;
      const bytes = buffer.subarray(payload, end - 1);
      listener(
        channel,
        this.#isUtf8 || isUtf8(bytes) ? bytes : Buffer.from(bytes.toString()),
        buffer.readInt32BE(start),
      );
    };
    const failed = (error: unknown) => this.#lose(`what it sent cannot be read: ${reason(error)}`);
    divert(this.#client.connection, 'A', Number.POSITIVE_INFINITY, notified, failed);
  }

  /** Closes the session after all queued statements are answered. */
  async close(): Promise<void> {
    if (this.#closed || this.lost.aborted) return;
    this.#closed = true;
    clearInterval(this.#timer);
    const force = setTimeout(() => this.#client.connection.stream.destroy(), this.#heartbeat.timeout);
    await this.#queue;
    await this.#client.end();
    clearTimeout(force);
  }

  /** Closes the session immediately. */
  destroy(): void {
    this.#lose('it was given up');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run<Row extends object>(
    statement: string,
    parameters: readonly unknown[],
    options?: QueryOptions,
  ): Promise<Row[]> {
    this.lost.throwIfAborted();
    const timeout = options?.timeout ?? this.#heartbeat.timeout;
    let moved = this.#moved;
    const timer = Number.isFinite(timeout)
      ? setTimeout(() => {
          const now = this.#moved;
          if (now === moved) return this.#lose(`no answer within ${timeout} ms`);
          moved = now;
          timer?.refresh();
        }, timeout)
      : undefined;
    const { promise: lost, reject } = Promise.withResolvers<never>();
    const lose = () => reject(this.lost.reason);
    this.lost.addEventListener('abort', lose);
    try {
      return await Promise.race([this.#send<Row>(statement, parameters), lost]);
    } catch (error) {
      if (isFarewell(error)) this.#lose(reason(error));
      throw this.lost.aborted ? this.lost.reason : error;
    } finally {
      clearTimeout(timer);
      // Sessions live much longer than their statements, so a statement must not leave listeners behind.
      this.lost.removeEventListener('abort', lose);
    }
  }

  async #send<Row extends object>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    // Without parameters, node-postgres uses the simple protocol, which allows several statements in one query.
    const result = await (parameters.length > 0
      ? this.#client.query(statement, [...parameters])
      : this.#client.query(statement));
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  }

  /** Changes whenever bytes have arrived or left: an answer or a statement may take long on a slow network. */
  get #moved(): string {
    // The stream is a socket, or a TLS stream over a socket.
    const { bytesRead, writableLength } = this.#client.connection.stream as Socket;
    return `${bytesRead} ${writableLength}`;
  }

  #probe(): void {
    if (this.#waiting > 0) return;
    this.query('SELECT 1').catch((error: unknown) => this.#lose(reason(error)));
  }

  #lose(why: string): void {
    if (this.#closed || this.lost.aborted) return;
    clearInterval(this.#timer);
    this.#lost.abort(new DatabaseLostError(why));
    this.#client.connection.stream.destroy();
  }
}

/** Reads channel names, and decodes one only if it differs from the one before: in a burst, most are the same. */
class LastChannel {
  #name = '';
  #bytes = Buffer.of(0);

  /** Bytes of the name that was read last, and of the zero byte after it. */
  get size(): number {
    return this.#bytes.length;
  }

  read(buffer: Buffer, start: number): string {
    let index = 0;
    // A native comparison of so few bytes takes longer.
    while (index < this.#bytes.length && buffer[start + index] === this.#bytes[index]) index += 1;
    if (index < this.#bytes.length) {
      this.#bytes = Buffer.from(buffer.subarray(start, buffer.indexOf(0, start) + 1));
      this.#name = this.#bytes.toString('utf8', 0, this.#bytes.length - 1);
    }
    return this.#name;
  }
}

/**
 * Whether PostgreSQL ends the session with this error. The end of the connection is noticed later, and callers must
 * know it now.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html class 57, and 25P03 idle_in_transaction_session_timeout
 */
function isFarewell(error: unknown): boolean {
  return isServerError(error) && /^(57P0[1235]|25P03)$/.test(error.code ?? '');
}

/**
 * Makes PostgreSQL end the session if it receives nothing for longer than this client is ever silent, also within a
 * transaction. Otherwise, if the network fails, the session would remain elected for hours and keep the locks of its
 * transaction. Locks of the installer block every component that starts.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT
 */
async function endWhenSilent(client: pg.Client, { interval, timeout }: DatabaseConfiguration['heartbeat']) {
  try {
    const silence = 2 * (interval + timeout);
    await client.query(`SET idle_session_timeout = ${silence}; SET idle_in_transaction_session_timeout = ${silence}`);
  } catch (error) {
    // 42704 means an unknown setting. This setting exists since version 14.
    if (!isServerError(error) || error.code !== '42704') throw error;
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
    throw new PostgresTooOldError(rows[0]?.version ?? '');
  }
}
