import type pg from 'pg';
import type { DatabaseConfiguration } from '../config/index.ts';
import { DatabaseLostError } from '../errors.ts';
import { Call } from './call.ts';
import { requestCancel } from './cancel-request.ts';
import { CleanUp } from './clean-up.ts';
import { connectClient, reason } from './client.ts';
import { StatementCache } from './statement-cache.ts';
import type { Results, Transaction } from './transaction.ts';

/** Milliseconds between two cancels: a function may catch the first, and the first may come before its statement. */
const cancelPause = 100;

/**
 * A session in PostgreSQL that runs one transaction after the other, each in one round trip, and keeps nothing of them: when it
 * is ready again, it is as new.
 */
export class Worker implements AsyncDisposable {
  /** Aborted when the session is lost; its reason is a `DatabaseLostError`. Not aborted by `close`. */
  readonly lost: AbortSignal;
  readonly #client: pg.Client;
  readonly #heartbeat: DatabaseConfiguration['heartbeat'];
  readonly #cache = new StatementCache();
  readonly #cleanUp: CleanUp;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #call: Call | undefined;
  #cleaning = false;
  #cleanUps = 0;
  #dirty = false;
  #cancelling: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #ended = false;
  #ready: PromiseWithResolvers<void> | undefined;

  private constructor(client: pg.Client, heartbeat: DatabaseConfiguration['heartbeat']) {
    this.#client = client;
    this.#heartbeat = heartbeat;
    this.lost = this.#lost.signal;
    this.#cleanUp = new CleanUp(client, this.#cache, {
      begun: () => this.#settle(),
      done: () => this.#cleaned(),
      failed: (why) => this.#lose(`it cannot be cleaned up: ${reason(why)}`),
    });
    client.on('error', (error) => this.#lose(reason(error)));
    client.on('end', () => this.#lose('it was closed'));
    client.connection.on('parseComplete', () => this.#call?.exchange?.handleParseComplete());
    client.connection.on('bindComplete', () => this.#call?.exchange?.handleBindComplete());
    this.#timer = setInterval(() => this.#probe(), heartbeat.interval);
    this.#timer.unref();
  }

  /**
   * @param configuration where PostgreSQL is.
   * @param applicationName what pg_stat_activity shows.
   * @throws `DatabaseLostError` if PostgreSQL cannot be reached; PostgreSQL's own error if it refuses.
   */
  static async open(configuration: DatabaseConfiguration, applicationName: string): Promise<Worker> {
    const client = await connectClient(configuration, applicationName);
    return new Worker(client, configuration.heartbeat);
  }

  /** The id of the server process. */
  get processId(): number {
    return this.#client.processID ?? 0;
  }

  /**
   * Runs a transaction, once the worker is ready.
   *
   * @returns the rows of every statement, after the commit.
   * @throws `StatementError` if it failed, then nothing of it remains; `DatabaseLostError` if the session is or gets lost, then
   *   it may have been committed; what the consumer of streamed rows throws.
   */
  run(transaction: Transaction): Promise<Results> {
    if (this.#busy) return this.ready().then(() => this.run(transaction));
    if (this.#closing) return Promise.reject(new DatabaseLostError('it was closed'));
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    this.#call = new Call(transaction, this.#client, this.#cache, {
      follow: (connection) => this.#cleanUp.send(connection),
      ended: () => this.#clean(),
    });
    this.#call.begin();
    return this.#call.outcome;
  }

  /**
   * Cancels the transaction that is being run, and no other: it ends with SQLSTATE 57014 unless it has ended before. Returns when
   * it has ended. A worker that does not heed it in time is lost.
   */
  async cancel(): Promise<void> {
    if (this.#call === undefined || this.lost.aborted) return;
    this.#cancelling ??= this.#interrupt(this.#call);
    await this.#cancelling;
  }

  /**
   * Returns when the worker is as new, and nothing is on its way to it.
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
    return this.#call !== undefined || this.#cleaning || this.#cancelling !== undefined;
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

  #clean(): void {
    this.#cleaning = true;
    this.#cleanUps += 1;
    this.#client.query(this.#cleanUp);
  }

  #settle(): void {
    if (this.#call?.settle()) this.#call = undefined;
  }

  #cleaned(): void {
    this.#cleaning = false;
    if (this.#call) this.#call.begin();
    else if (this.#dirty) this.#cleanAgain();
    else if (!this.#cancelling) this.#rest();
  }

  #rest(): void {
    this.#ready?.resolve();
    this.#ready = undefined;
  }

  async #interrupt(call: Call): Promise<void> {
    const { timeout } = this.#heartbeat;
    const giveUp = setTimeout(() => this.#lose(`it did not heed a cancel within ${timeout} ms`), timeout);
    while (this.#call === call && !this.lost.aborted) {
      call.interrupt();
      await requestCancel(this.#client, timeout).catch((error) =>
        this.#lose(`it cannot be cancelled: ${reason(error)}`),
      );
      await settledWithin(call.outcome, cancelPause);
    }
    clearTimeout(giveUp);
    this.#cancelling = undefined;
    this.#cleanAgain();
  }

  /** A cancel that was late has hit the clean-up at most; once it is answered, nothing more can come. */
  #cleanAgain(): void {
    this.#dirty = this.#cleaning;
    if (!this.#cleaning && !this.lost.aborted) this.#clean();
  }

  /** The clean-up is a probe as well. */
  #probe(): void {
    if (this.#call) return;
    if (!this.#busy) this.#clean();
    const [probe, { timeout }] = [this.#cleanUps, this.#heartbeat];
    const overdue = () => this.#cleaning && this.#cleanUps === probe && this.#lose(`no answer within ${timeout} ms`);
    setTimeout(overdue, timeout).unref();
  }

  #lose(why: string): void {
    if (this.#ended || this.lost.aborted) return;
    clearInterval(this.#timer);
    this.#lost.abort(new DatabaseLostError(this.#call?.lastWords ?? why));
    this.#client.connection.stream.destroy();
    this.#call?.reject(this.lost.reason);
    this.#call = undefined;
    this.#ready?.reject(this.lost.reason);
  }
}

/** Returns when a promise is settled or the time is over. */
async function settledWithin(outcome: Promise<unknown>, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  outcome.then(
    () => resolve(),
    () => resolve(),
  );
  await promise;
  clearTimeout(timer);
}
