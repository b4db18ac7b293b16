import type { DatabaseConfiguration } from '@pgwamp/config';
import type pg from 'pg';
import { DatabaseLostError } from '../../errors.ts';
import { connectClient, connectTimeout, reason } from '../client.ts';
import { Call, type CallCallbacks } from './call.ts';
import { cancelUntilSettled } from './cancel-request.ts';
import { CleanUp } from './clean-up.ts';
import { StatementCache } from './statement-cache.ts';
import type { Results, Transaction } from './transaction.ts';

/**
 * A session in PostgreSQL that runs one transaction after the other, each in one round trip, and keeps nothing of them: when it
 * is ready again, it is as new.
 */
export class PooledSession implements AsyncDisposable {
  /** Aborted when the session is lost; its reason is a `DatabaseLostError`. Not aborted by `close`. */
  readonly lost: AbortSignal;
  readonly #client: pg.Client;
  readonly #heartbeat: DatabaseConfiguration['heartbeat'];
  readonly #cache = new StatementCache();
  readonly #cleanUp: CleanUp;
  readonly #lost = new AbortController();
  readonly #callbacks: CallCallbacks = {
    follow: (connection) => this.#cleanUp.send(connection),
    exchanged: () => this.#cleanUp.begin(),
    ended: () => {
      this.#call = undefined;
    },
  };
  readonly #timer: NodeJS.Timeout;
  #call: Call | undefined;
  #cancelling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #ended = false;
  #ready: PromiseWithResolvers<void> | undefined;

  private constructor(client: pg.Client, heartbeat: DatabaseConfiguration['heartbeat']) {
    this.#client = client;
    this.#heartbeat = heartbeat;
    this.lost = this.#lost.signal;
    this.#cleanUp = new CleanUp(client, this.#cache, heartbeat, {
      begun: () => this.#call?.settle(),
      done: () => this.#rest(),
      failed: (why) => this.#lose(`it cannot be cleaned up: ${reason(why)}`),
    });
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    client.connection.on('parseComplete', () => this.#call?.handleParseComplete());
    client.connection.on('bindComplete', () => this.#call?.handleBindComplete());
    this.#timer = setInterval(() => this.#probe(), heartbeat.interval);
    this.#timer.unref();
  }

  /**
   * @param configuration where PostgreSQL is.
   * @param applicationName what pg_stat_activity shows.
   * @throws `DatabaseLostError` if PostgreSQL cannot be reached; PostgreSQL's own error if it refuses.
   */
  static async open(configuration: DatabaseConfiguration, applicationName: string): Promise<PooledSession> {
    const client = await connectClient(configuration, applicationName);
    const session = new PooledSession(client, configuration.heartbeat);
    const giveUp = setTimeout(() => session.#lose(`no answer within ${connectTimeout} ms`), connectTimeout);
    session.#cleanUp.begin();
    await session.ready().finally(() => clearTimeout(giveUp));
    return session;
  }

  /** The id of the server process. */
  get processId(): number {
    return this.#client.processID ?? 0;
  }

  /**
   * Runs a transaction, once the session is ready.
   *
   * @returns the rows of every statement, after the commit.
   * @throws `StatementError` if it failed, then nothing of it remains; `DatabaseLostError` if the session is or gets lost, then
   *   it may have been committed; what the consumer of streamed rows throws.
   */
  run(transaction: Transaction): Promise<Results> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (this.#closing) return Promise.reject(new DatabaseLostError('it was closed'));
    if (this.#call) return this.ready().then(() => this.run(transaction));
    const call = new Call(transaction, this.#client, this.#cache, this.#callbacks);
    this.#call = call;
    if (!this.#cleanUp.active && !this.#cancelling) call.begin();
    return call.outcome;
  }

  /**
   * Cancels the transaction that is asked for last, and no other: it ends with SQLSTATE 57014 unless it has ended before. Returns
   * when it has ended. A session that does not heed it in time is lost.
   */
  async cancel(): Promise<void> {
    const call = this.#call;
    while (call && this.#call === call) {
      this.#cancelling ??= this.#interrupt(call);
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

  /** Ends the session at once. */
  destroy(): void {
    this.#lose('it was given up');
  }

  /** Ends the session in good order, after what it is running. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  get #busy(): boolean {
    return this.#call !== undefined || this.#cleanUp.active || this.#cancelling !== undefined;
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

  /** Begins what is to be run, or says that there is nothing. */
  #rest(): void {
    // The end of a cancel cleans up once more.
    if (this.#cancelling) return;
    this.#call?.begin();
    if (this.#call) return;
    this.#ready?.resolve();
    this.#ready = undefined;
  }

  async #interrupt(call: Call): Promise<void> {
    try {
      await cancelUntilSettled(this.#client, call, this.#heartbeat.timeout);
    } catch (error) {
      this.#lose(`it cannot be cancelled: ${reason(error)}`);
    }
    this.#cancelling = undefined;
    // A late cancel has hit the clean-up at most; once another is answered, nothing more can come.
    if (!this.lost.aborted) this.#cleanUp.repeat();
  }

  /** The clean-up is a probe as well. */
  #probe(): void {
    if (!this.#busy) this.#cleanUp.begin();
    if (this.#cleanUp.active) this.#cleanUp.bound(this.#heartbeat.timeout);
  }

  #lose(why: string): void {
    if (this.#ended || this.lost.aborted) return;
    clearInterval(this.#timer);
    this.#lost.abort(new DatabaseLostError(this.#call?.lastWords ?? why));
    this.#client.connection.stream.destroy();
    this.#call?.fail(this.lost.reason);
    this.#ready?.reject(this.lost.reason);
  }
}
