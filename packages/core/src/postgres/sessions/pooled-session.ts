import type { Socket } from 'node:net';
import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { DatabaseLostError } from '../../errors.ts';
import { connectClient, connectTimeout } from '../client.ts';
import { reason } from '../server-error.ts';
import { pooledSessionOptions } from '../session-settings.ts';
import { BackendMessageReader } from './backend-messages.ts';
import { cancelUntilSettled } from './cancel-request.ts';
import { CleanUp, type CleanUpCall, cleanUpCall } from './clean-up.ts';
import { Execution, type ExecutionOutlet } from './execution.ts';
import { FrontendMessages } from './frontend-messages.ts';
import { activityOf, endProcess, type ServerProcess, serverProcessOf } from './server-process.ts';
import { StatementCache } from './statement-cache.ts';
import { canceled } from './statement-error.ts';
import type { Results, Transaction } from './transaction.ts';

/** Default size limit of a row in bytes: the message size limit of most routers. */
const defaultRowLimit = 16 * 1024 * 1024;

/**
 * Assumed throughput of the slowest network, in bytes per millisecond. It bounds the time for data accepted by the
 * operating system to arrive.
 */
const slowest = 16;

/** Options of a session. */
export interface PooledSessionOptions {
  /** The `application_name` in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Size limit of a row in bytes. A longer row is not read, and its transaction fails with an error. */
  readonly rowLimit?: number | undefined;
}

/**
 * A session in PostgreSQL that runs one transaction after the other, each in one round trip. It keeps no state of them:
 * before the next transaction, it is reset.
 *
 * The steps of a transaction:
 * 1. `run` creates an `Execution`, which starts when the session is ready.
 * 2. The execution writes Bind and Execute for each statement, Parse before those that `StatementCache` does not know, and Sync.
 * 3. After them it writes the call of the clean-up function, unless the last statement is expected to reset the session.
 * All messages go to the socket in as few writes as possible.
 * 4. `BackendMessageReader` passes the answers to the execution until PostgreSQL is ready for the first time, then to
 * the clean-up.
 * 5. At the first ReadyForQuery, the transaction is committed or has failed: the execution settles its outcome.
 * 6. At the second one, the session is reset and starts the next transaction that `run` was called with.
 * If rows are streamed, step 2 ends without Sync, and each portion of rows requests the next one. Sync follows the last
 * portion.
 */
export class PooledSession implements AsyncDisposable {
  /** Aborts when the session is lost. Its reason is a `DatabaseLostError`. `close` does not abort it. */
  readonly lost: AbortSignal;
  readonly #client: pg.Client;
  readonly #configuration: DatabaseConfiguration;
  readonly #process: ServerProcess;
  readonly #outlet: ExecutionOutlet;
  readonly #cleanUp: CleanUp;
  readonly #reader: BackendMessageReader;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #execution: Execution | undefined;
  #cancelling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #ended = false;
  /** The last observed I/O counters, and the time since they have not changed. */
  #seen = { movement: '', since: 0 };
  /** Number of bytes sent before the execution started. */
  #sentBefore = 0;
  #asking = false;
  #ready: PromiseWithResolvers<void> | undefined;

  private constructor(
    client: pg.Client,
    configuration: DatabaseConfiguration,
    process: ServerProcess,
    cleaning: CleanUpCall,
    rowLimit: number,
  ) {
    const { heartbeat } = configuration;
    this.#client = client;
    this.#configuration = configuration;
    this.#process = process;
    this.lost = this.#lost.signal;
    const messages = new FrontendMessages(client.connection.stream);
    const cache = new StatementCache();
    const cleanUp = new CleanUp(cleaning, messages, cache, {
      done: this.#rest,
      failed: (why) => this.#giveUp(why),
    });
    this.#cleanUp = cleanUp;
    this.#outlet = { messages, cache, cleanUp, ended: this.#executed };
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    this.#reader = new BackendMessageReader(this.#cleanUp, rowLimit);
    this.#read();
    this.#timer = setInterval(() => this.#probe(), heartbeat.interval);
    this.#timer.unref();
  }

  /**
   * @param configuration the database.
   * @throws `DatabaseLostError` if PostgreSQL cannot be reached or the session cannot be reset; PostgreSQL's own error
   *   if it refuses to connect.
   */
  static async open(configuration: DatabaseConfiguration, options: PooledSessionOptions): Promise<PooledSession> {
    const { heartbeat } = configuration;
    const client = await connectClient(configuration, options.applicationName, {}, pooledSessionOptions(heartbeat));
    const giveUp = setTimeout(() => client.connection.stream.destroy(), connectTimeout);
    try {
      const cleanUp = await cleanUpCall(client, heartbeat);
      const process = await serverProcessOf(client);
      const session = new PooledSession(client, configuration, process, cleanUp, options.rowLimit ?? defaultRowLimit);
      session.#cleanUp.begin();
      await session.ready();
      return session;
    } catch (error) {
      client.connection.stream.destroy();
      throw error instanceof DatabaseLostError ? error : new DatabaseLostError(reason(error), { cause: error });
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** The process id of the server process. */
  get processId(): number {
    return this.#process.id;
  }

  /**
   * Runs a transaction when the session is ready.
   *
   * @returns the rows of every statement, after the commit.
   * @throws `StatementError` if the transaction failed and was rolled back; `RowTooLongError`; `RowEncodingError`; `DatabaseLostError` if
   *   the session is lost, in which case the transaction may have been committed; errors of the consumer of streamed
   *   rows.
   */
  run(transaction: Transaction): Promise<Results> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (this.#closing !== undefined) return Promise.reject(new DatabaseLostError('it was closed'));
    if (this.#execution) return this.ready().then(() => this.run(transaction));
    const execution = new Execution(transaction, this.#outlet);
    this.#execution = execution;
    if (!this.#cleanUp.active && !this.#cancelling) this.#begin(execution);
    return execution.outcome;
  }

  /**
   * Cancels the latest transaction and no other one. It ends with SQLSTATE 57014 unless it has ended before. Resolves
   * when it has ended. A session that does not react in time is lost.
   */
  async cancel(): Promise<void> {
    const execution = this.#execution;
    while (execution && this.#execution === execution) {
      this.#cancelling ??= this.#interrupt(execution);
      await this.#cancelling;
    }
  }

  /**
   * Resolves when the session is reset and no request is pending.
   *
   * @throws `DatabaseLostError`.
   */
  ready(): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (!this.#busy) return Promise.resolve();
    this.#ready ??= Promise.withResolvers();
    return this.#ready.promise;
  }

  /** Closes the session without waiting for its current transaction. */
  destroy(): void {
    this.#lose('it was given up');
  }

  /** Closes the session after its current transaction. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #busy(): boolean {
    return this.#execution !== undefined || this.#cleanUp.active || this.#cancelling !== undefined;
  }

  /**
   * Reads the socket instead of node-postgres, which converts all data to strings and fails if they are too long for
   * Node.js.
   */
  #read(): void {
    const { stream } = this.#client.connection;
    stream.removeAllListeners('data');
    stream.on('data', (chunk: Buffer) => {
      try {
        this.#reader.push(chunk);
      } catch (error) {
        this.#lose(`its answer cannot be read: ${reason(error)}`);
      }
    });
  }

  #begin(execution: Execution): void {
    this.#reader.handler = execution;
    this.#sentBefore = this.#socket.bytesWritten;
    execution.begin();
  }

  /** The execution has ended. Unless it has reset the session, the answers to the clean-up follow. */
  readonly #executed = (again: boolean, isReset: boolean): void => {
    if (!again) this.#execution = undefined;
    this.#reader.handler = this.#cleanUp;
    if (isReset) this.#rest();
    else this.#cleanUp.await();
  };

  /** Starts the waiting transaction, or reports that the session is idle. */
  readonly #rest = (): void => {
    // The clean-up is repeated when the cancellation has ended.
    if (this.#cancelling !== undefined) return;
    if (this.#execution) this.#begin(this.#execution);
    else {
      this.#ready?.resolve();
      this.#ready = undefined;
    }
  };

  async #interrupt(execution: Execution): Promise<void> {
    const interrupt = () => {
      if (execution.sent) return execution.interrupt();
      this.#execution = undefined;
      execution.fail(canceled(0));
    };
    try {
      await cancelUntilSettled(this.#client, { outcome: execution.outcome, interrupt }, this.#heartbeat.timeout);
    } catch (error) {
      this.#giveUp(`it cannot be cancelled: ${reason(error)}`);
    }
    this.#cancelling = undefined;
    // A late cancel request can only have hit the clean-up. After the next clean-up, no cancel request is outstanding.
    if (!this.lost.aborted) this.#cleanUp.repeat();
  }

  /** The clean-up also serves as a probe. */
  #probe(): void {
    if (!this.#busy) this.#cleanUp.begin();
    if (this.#cleanUp.active) this.#cleanUp.bound(this.#heartbeat.timeout);
    else if (this.#execution?.isWaitedFor && !this.#cancelling && !this.#asking) void this.#watchLine();
    else this.#seen.movement = '';
  }

  /**
   * A statement may run for any time. But if PostgreSQL also waits for this client, data sent by one of them has not
   * arrived.
   */
  async #watchLine(): Promise<void> {
    const movement = this.#movement;
    const now = performance.now();
    if (movement !== this.#seen.movement) this.#seen = { movement, since: now };
    const { interval, timeout } = this.#heartbeat;
    const underWay = (this.#socket.bytesWritten - this.#sentBefore) / slowest;
    if (now - this.#seen.since < interval + timeout + underWay) return;
    this.#asking = true;
    try {
      const activity = await activityOf(this.#configuration, this.#process);
      if (activity !== 'at work' && this.#movement === movement) this.#giveUp(`its server process is ${activity}`);
    } catch {
      // Nothing is known without an answer from PostgreSQL. The query is repeated later.
    }
    this.#asking = false;
    this.#seen.since = performance.now();
  }

  get #heartbeat(): DatabaseConfiguration['heartbeat'] {
    return this.#configuration.heartbeat;
  }

  /** A socket, or a TLS stream over a socket. */
  get #socket(): Socket {
    return this.#client.connection.stream as Socket;
  }

  /** Changes whenever bytes have arrived or left. */
  get #movement(): string {
    const { bytesRead, bytesWritten, writableLength } = this.#socket;
    return `${bytesRead} ${bytesWritten} ${writableLength}`;
  }

  async #close(): Promise<void> {
    await this.ready().catch(() => undefined);
    if (this.lost.aborted) return;
    clearInterval(this.#timer);
    this.#ended = true;
    const force = setTimeout(() => this.#client.connection.stream.destroy(), this.#heartbeat.timeout);
    await this.#client.end();
    clearTimeout(force);
  }

  /** Gives up a session that PostgreSQL may consider alive, with its locks. */
  #giveUp(why: string): void {
    if (this.#ended || this.lost.aborted) return;
    this.#lose(why);
    // If PostgreSQL cannot be reached, it has to detect the loss itself.
    endProcess(this.#configuration, this.#process).catch(() => undefined);
  }

  #lose(why: string): void {
    if (this.#ended || this.lost.aborted) return;
    clearInterval(this.#timer);
    this.#lost.abort(new DatabaseLostError(this.#execution?.serverError ?? why));
    this.#client.connection.stream.destroy();
    this.#execution?.fail(this.#execution.timeout ?? this.lost.reason);
    this.#execution = undefined;
    this.#ready?.reject(this.lost.reason);
  }
}
