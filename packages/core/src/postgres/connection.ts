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
   * Milliseconds until a connection that does not answer counts as lost; while bytes arrive or leave, it answers. Infinity for statements
   * that wait for others.
   */
  readonly timeout?: number;
}

/**
 * A session in PostgreSQL of our own: statements run one after the other, an idle session is probed, and a session that
 * does not answer is given up.
 */
export class Connection implements AsyncDisposable {
  /** Aborted when the session is lost; its reason is a `DatabaseLostError`. Not aborted by `close`. */
  readonly lost: AbortSignal;
  /** Where it is connected to. */
  readonly configuration: DatabaseConfiguration;
  readonly #client: pg.Client;
  readonly #heartbeat: DatabaseConfiguration['heartbeat'];
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  private constructor(client: pg.Client, configuration: DatabaseConfiguration) {
    const { heartbeat } = configuration;
    this.#client = client;
    this.configuration = configuration;
    this.#heartbeat = heartbeat;
    this.lost = this.#lost.signal;
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    this.#timer = setInterval(() => this.#probe(), heartbeat.interval);
    this.#timer.unref();
  }

  /**
   * @param configuration where PostgreSQL is.
   * @param applicationName what pg_stat_activity shows.
   * @throws `PoolerError` if the session would be shared with others; `DatabaseLostError` if PostgreSQL cannot be
   *   reached; `DatabaseRefusedError` if it refuses; `PostgresTooOldError`.
   */
  static async open(configuration: DatabaseConfiguration, applicationName: string): Promise<Connection> {
    const client = await connectClient(configuration, applicationName);
    const giveUp = setTimeout(() => client.connection.stream.destroy(), connectTimeout);
    try {
      await checkIdentity(client, () => connectClient(configuration, applicationName));
      await applySettings(client);
      await endWhenSilent(client, configuration.heartbeat);
    } catch (error) {
      client.connection.stream.destroy();
      throw connectError(configuration, error);
    } finally {
      clearTimeout(giveUp);
    }
    return new Connection(client, configuration);
  }

  /** The id of the server process. */
  get processId(): number {
    return this.#client.processID ?? 0;
  }

  /**
   * Runs a statement, after those that were asked for before.
   *
   * @throws `DatabaseLostError` if the session is or gets lost, or does not answer in time; PostgreSQL's own error if
   *   the statement fails.
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

  /** Calls back for every NOTIFY that this session LISTENs to. */
  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#client.on('notification', ({ channel, payload }) => listener(channel, payload ?? ''));
  }

  /**
   * Calls back for every NOTIFY that this session LISTENs to, with the bytes of its payload, which are only good until the call returns, and the
   * id of the server process that has sent it.
   * Instead of {@link onNotification}, before the first LISTEN.
   */
  onNotificationBytes(listener: (channel: string, payload: Buffer, sender: number) => void): void {
    const notified = (buffer: Buffer, start: number, end: number) => {
      // A process id stands before the two names, which end with a zero byte.
      const payload = buffer.indexOf(0, start + 4) + 1;
      const sender = buffer.readInt32BE(start);
      listener(buffer.toString('utf8', start + 4, payload - 1), buffer.subarray(payload, end - 1), sender);
    };
    const failed = (error: unknown) => this.#lose(`what it sent cannot be read: ${reason(error)}`);
    divert(this.#client.connection, 'A', Number.POSITIVE_INFINITY, notified, failed);
  }

  /** Ends the session in good order; what was asked for is still answered. */
  async close(): Promise<void> {
    if (this.#closed || this.lost.aborted) return;
    this.#closed = true;
    clearInterval(this.#timer);
    const force = setTimeout(() => this.#client.connection.stream.destroy(), this.#heartbeat.timeout);
    await this.#queue;
    await this.#client.end();
    clearTimeout(force);
  }

  /** Ends the session at once. */
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
      // A session outlives its statements by far; they must leave nothing behind.
      this.lost.removeEventListener('abort', lose);
    }
  }

  async #send<Row extends object>(statement: string, parameters: readonly unknown[]): Promise<Row[]> {
    // Without parameters the simple protocol, which takes several statements at once.
    const result = await (parameters.length > 0
      ? this.#client.query(statement, [...parameters])
      : this.#client.query(statement));
    return (Array.isArray(result) ? result.at(-1) : result).rows;
  }

  /** Differs whenever bytes have arrived or left: an answer, or a statement, may take long on a slow line. */
  get #moved(): string {
    // A socket, or one under TLS.
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

/**
 * Whether PostgreSQL ends the session with this error. The end itself comes later, and who asks meanwhile has to know.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html class 57, and 25P03 idle_in_transaction_session_timeout
 */
function isFarewell(error: unknown): boolean {
  return isServerError(error) && /^(57P0[1235]|25P03)$/.test(error.code ?? '');
}

/**
 * Has PostgreSQL end the session when nothing has come for longer than we ever are silent, also within a transaction. Otherwise a session
 * whose network died without a word would stay elected for hours, and keep the locks of its transaction: those of the installer hold up
 * every component that starts.
 *
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-SESSION-TIMEOUT
 */
async function endWhenSilent(client: pg.Client, { interval, timeout }: DatabaseConfiguration['heartbeat']) {
  try {
    const silence = 2 * (interval + timeout);
    await client.query(`SET idle_session_timeout = ${silence}; SET idle_in_transaction_session_timeout = ${silence}`);
  } catch (error) {
    // 42704 is a setting that PostgreSQL does not know: this one came with version 14.
    if (!isServerError(error) || error.code !== '42704') throw error;
    const { rows } = await client.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
    throw new PostgresTooOldError(rows[0]?.version ?? '');
  }
}
