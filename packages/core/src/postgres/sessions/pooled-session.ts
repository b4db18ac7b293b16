import type { Socket } from 'node:net';
import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { DatabaseLostError } from '../../errors.ts';
import { connectClient, connectTimeout } from '../client.ts';
import { reason } from '../server-error.ts';
import { BackendMessageReader } from './backend-messages.ts';
import { cancelUntilSettled } from './cancel-request.ts';
import { CleanUp, cleanUpFunction } from './clean-up.ts';
import { Execution } from './execution.ts';
import { FrontendMessages } from './frontend-messages.ts';
import { activityOf, endProcess, type ServerProcess, serverProcessOf } from './server-process.ts';
import { StatementCache } from './statement-cache.ts';
import { canceled } from './statement-error.ts';
import type { Results, Transaction } from './transaction.ts';

/** Bytes that a row may have where nothing else is said: a message of WAMP has no more room at most routers. */
const defaultRowLimit = 16 * 1024 * 1024;

/** Bytes that the slowest line carries in a millisecond: what the system took from us may be on its way for so long. */
const slowest = 16;

/** How to open a session. */
export interface PooledSessionOptions {
  /** What `pg_stat_activity` shows. */
  readonly applicationName: string;
  /** Bytes that a row may have; a longer one is not read, and fails its transaction's outcome. */
  readonly rowLimit?: number | undefined;
}

/**
 * A session in PostgreSQL that runs one transaction after the other, each in one round trip, and keeps nothing of them: when it is ready
 * again, it is as new.
 *
 * The way of a transaction:
 * 1. `run` makes an `Execution` of it, which begins when the session is ready.
 * 2. The execution writes Bind and Execute for each statement, Parse before those that `StatementCache` does not know, and Sync.
 * 3. Behind them it writes the call of the function that cleans up; all of it goes to the socket in as few writes as fit.
 * 4. `BackendMessageReader` gives the answers to the execution until PostgreSQL is ready for the first time, then to the clean-up.
 * 5. At the first ReadyForQuery the transaction is committed, or has failed: the execution gives its outcome.
 * 6. At the second one the session is as new, and begins what `run` was asked for meanwhile.
 * Where rows are streamed, step 2 ends without Sync, and each portion of rows asks for the next one; Sync follows the last of them.
 */
export class PooledSession implements AsyncDisposable {
  /** Aborted when the session is lost; its reason is a `DatabaseLostError`. Not aborted by `close`. */
  readonly lost: AbortSignal;
  readonly #client: pg.Client;
  readonly #configuration: DatabaseConfiguration;
  readonly #process: ServerProcess;
  readonly #messages: FrontendMessages;
  readonly #cache = new StatementCache();
  readonly #cleanUp: CleanUp;
  readonly #reader: BackendMessageReader;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #execution: Execution | undefined;
  #cancelling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #ended = false;
  /** The movement that was seen last, and since when. */
  #seen = { movement: '', since: 0 };
  /** Bytes that had been sent when the execution began. */
  #sentBefore = 0;
  #asking = false;
  #ready: PromiseWithResolvers<void> | undefined;

  private constructor(
    client: pg.Client,
    configuration: DatabaseConfiguration,
    process: ServerProcess,
    oid: number,
    rowLimit: number,
  ) {
    const { heartbeat } = configuration;
    this.#client = client;
    this.#configuration = configuration;
    this.#process = process;
    this.lost = this.#lost.signal;
    this.#messages = new FrontendMessages(client.connection.stream);
    this.#cleanUp = new CleanUp(oid, this.#messages, this.#cache, heartbeat, {
      done: () => this.#rest(),
      failed: (why) => this.#giveUp(why),
    });
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    this.#reader = new BackendMessageReader(this.#cleanUp, rowLimit);
    this.#read();
    this.#timer = setInterval(() => this.#probe(), heartbeat.interval);
    this.#timer.unref();
  }

  /**
   * @param configuration where PostgreSQL is.
   * @throws `DatabaseLostError` if PostgreSQL cannot be reached, or the session cannot be cleaned up; PostgreSQL's own error if it
   *   refuses to connect.
   */
  static async open(configuration: DatabaseConfiguration, options: PooledSessionOptions): Promise<PooledSession> {
    const client = await connectClient(configuration, options.applicationName);
    const giveUp = setTimeout(() => client.connection.stream.destroy(), connectTimeout);
    try {
      const oid = await cleanUpFunction(client);
      const process = await serverProcessOf(client);
      const session = new PooledSession(client, configuration, process, oid, options.rowLimit ?? defaultRowLimit);
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

  /** The id of the server process. */
  get processId(): number {
    return this.#process.id;
  }

  /**
   * Runs a transaction, once the session is ready.
   *
   * @returns the rows of every statement, after the commit.
   * @throws `StatementError` if it failed, then nothing of it remains; `RowTooLongError`; `DatabaseLostError` if the session is or gets
   *   lost, then it may have been committed; what the consumer of streamed rows throws.
   */
  run(transaction: Transaction): Promise<Results> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (this.#closing !== undefined) return Promise.reject(new DatabaseLostError('it was closed'));
    if (this.#execution) return this.ready().then(() => this.run(transaction));
    const execution = new Execution(transaction, {
      messages: this.#messages,
      cache: this.#cache,
      writeCleanUp: () => this.#cleanUp.write(),
      ended: (again) => this.#executed(again),
    });
    this.#execution = execution;
    if (!this.#cleanUp.active && !this.#cancelling) this.#begin(execution);
    return execution.outcome;
  }

  /**
   * Cancels the transaction that is asked for last, and no other: it ends with SQLSTATE 57014 unless it has ended before. Returns
   * when it has ended. A session that does not heed it in time is lost.
   */
  async cancel(): Promise<void> {
    const execution = this.#execution;
    while (execution && this.#execution === execution) {
      this.#cancelling ??= this.#interrupt(execution);
      await this.#cancelling;
    }
  }

  /**
   * Returns when the session is as new, and nothing is on its way to it.
   *
   * @throws `DatabaseLostError`.
   */
  ready(): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (!this.#busy) return Promise.resolve();
    this.#ready ??= Promise.withResolvers();
    return this.#ready.promise;
  }

  /** Ends the session without waiting for what it is running. */
  destroy(): void {
    this.#lose('it was given up');
  }

  /** Ends the session, after what it is running. */
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

  /** Reads in the place of node-postgres, which makes strings of whatever comes, and fails where they are too long for Node. */
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

  /** The clean-up was sent behind the execution, and its answers follow. */
  #executed(again: boolean): void {
    if (!again) this.#execution = undefined;
    this.#reader.handler = this.#cleanUp;
    this.#cleanUp.await();
  }

  /** Begins what is to be run, or says that there is nothing. */
  #rest(): void {
    // The end of a cancel cleans up once more.
    if (this.#cancelling !== undefined) return;
    if (this.#execution) this.#begin(this.#execution);
    else {
      this.#ready?.resolve();
      this.#ready = undefined;
    }
  }

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
    // A late cancel has hit the clean-up at most; once another is answered, nothing more can come.
    if (!this.lost.aborted) this.#cleanUp.repeat();
  }

  /** The clean-up is a probe as well. */
  #probe(): void {
    if (!this.#busy) this.#cleanUp.begin();
    if (this.#cleanUp.active) this.#cleanUp.bound(this.#heartbeat.timeout);
    else if (this.#execution?.isWaitedFor && !this.#cancelling && !this.#asking) void this.#watchLine();
    else this.#seen.movement = '';
  }

  /**
   * A statement may be at work for as long as it takes. Where PostgreSQL waits for us as well, what one of us has sent has not arrived.
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
      // PostgreSQL cannot be asked, so nothing is known: it is asked again.
    }
    this.#asking = false;
    this.#seen.since = performance.now();
  }

  get #heartbeat(): DatabaseConfiguration['heartbeat'] {
    return this.#configuration.heartbeat;
  }

  /** A socket, or one under TLS. */
  get #socket(): Socket {
    return this.#client.connection.stream as Socket;
  }

  /** Differs whenever bytes have arrived or left. */
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

  /** Loses the session while PostgreSQL may think that it goes on, and keep its locks. */
  #giveUp(why: string): void {
    if (this.#ended || this.lost.aborted) return;
    this.#lose(why);
    // Where PostgreSQL cannot be reached, it has to find out by itself.
    endProcess(this.#configuration, this.#process).catch(() => undefined);
  }

  #lose(why: string): void {
    if (this.#ended || this.lost.aborted) return;
    clearInterval(this.#timer);
    this.#lost.abort(new DatabaseLostError(this.#execution?.serverError ?? why));
    this.#client.connection.stream.destroy();
    this.#execution?.fail(this.lost.reason);
    this.#execution = undefined;
    this.#ready?.reject(this.lost.reason);
  }
}
