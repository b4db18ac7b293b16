import { Refused, SessionLostError, WampError } from '@pgwamp/core';
import { asciiText, backoff, Doorbell, type Logger } from '@pgwamp/core/internal/component';
import { wampErrorOf } from '@pgwamp/core/internal/functions';
import { type Connection, isServerError, isUnstorable } from '@pgwamp/core/internal/postgres';
import { type CallingSession, PayloadText } from '@pgwamp/core/internal/wamp';
import { makeCall, prepareCall } from '../make-call.ts';
import type { AsyncCall, AsyncOutcome, AsyncTable } from './async-table.ts';
import type { Handlers } from './handlers.ts';

/** Milliseconds between two checks for calls without a notification. */
const interval = 1000;

/** Milliseconds of the pauses between two attempts of a handler. */
const pauses = { first: 100, max: 10_000 };

/** Such a call is not retried, because it remains too large. */
const tooLarge = 'wamp.error.payload_size_exceeded';

/** Counts of asynchronous calls since the Caller was created. */
export interface AsyncCounts {
  /** Number of attempts. */
  calls: number;
  /** Number of calls that finally failed. */
  failed: number;
  /** Number of handlers that finally failed. */
  failedHandlers: number;
}

/** The parts needed for asynchronous calls. */
export interface AsyncParts {
  readonly connection: Connection;
  readonly session: CallingSession;
  readonly table: AsyncTable;
  readonly handlers: Handlers;
  /** Maximum number of concurrent calls. */
  readonly concurrency: number;
  readonly counts: AsyncCounts;
  /**
   * Ids of calls that were running when the router ended the session because of a message. One of them may be the
   * cause. While there are any, calls are made one at a time.
   */
  readonly suspects: Set<string>;
  /** Aborts when running calls are to be left to the next Caller. */
  readonly giveUp: AbortSignal;
  readonly log: Logger;
}

/**
 * Makes the calls that transactions have queued, oldest first, with limited concurrency. Each call is made at least
 * once.
 */
export class AsyncCalls {
  readonly #parts: AsyncParts;
  readonly #bell = new Doorbell();
  readonly #running = new Set<Promise<void>>();
  readonly #ended: AbortSignal;
  #failure: unknown;

  private constructor(parts: AsyncParts) {
    this.#parts = parts;
    this.#ended = AbortSignal.any([parts.connection.lost, parts.session.lost, parts.giveUp]);
    parts.connection.onNotification(() => this.#bell.ring());
  }

  /** LISTENs for new calls. */
  static async open(parts: AsyncParts): Promise<AsyncCalls> {
    const calls = new AsyncCalls(parts);
    await parts.connection.query('LISTEN crossbar_async_call');
    return calls;
  }

  /** Number of running calls. A call runs until its handler has ended. */
  get inFlight(): number {
    return this.#running.size;
  }

  /**
   * Starts calls until `stop` aborts.
   *
   * @throws the reason of a loss. Then all running calls are left to the next Caller.
   */
  async run(stop: AbortSignal): Promise<void> {
    using _wake = this.#bell.ringOn(AbortSignal.any([stop, this.#ended]));
    for (let looked = Number.NEGATIVE_INFINITY; !stop.aborted; ) {
      const isDue = performance.now() >= looked + interval;
      if (isDue) looked = performance.now();
      await this.#begin(stop, isDue);
      await this.#bell.wait(Math.max(0, looked + interval - performance.now()));
      this.#ended.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Resolves when the running calls have ended. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #begin(stop: AbortSignal, isDue: boolean): Promise<void> {
    const { table } = this.#parts;
    if (isDue) {
      await table.reclaim();
      for (const { call, outcome } of await table.takeUnhandled(this.#free)) {
        this.#start(this.#handle(call, outcome, stop));
      }
    }
    if (this.#free === 0) return;
    for (const call of await table.take(this.#free)) this.#start(this.#make(call, stop));
  }

  get #free(): number {
    const { concurrency, suspects } = this.#parts;
    return (suspects.size > 0 ? 1 : concurrency) - this.#running.size;
  }

  /** Any error ends the run, like a loss. The next run finds the call unchanged. */
  #start(work: Promise<void>): void {
    const running = work
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#running.delete(running);
        this.#bell.ring();
      });
    this.#running.add(running);
  }

  async #make(call: AsyncCall, stop: AbortSignal): Promise<void> {
    const outcome = await this.#outcomeOf(call);
    if (outcome) await this.#handle(call, outcome, stop);
  }

  /** Makes the call. Returns undefined if it has to be repeated. */
  async #outcomeOf(call: AsyncCall): Promise<AsyncOutcome | undefined> {
    const { counts, suspects } = this.#parts;
    counts.calls += 1;
    const { procedure, options, forwardFor } = call;
    const payload = new PayloadText(call.args ?? '', call.kwargs ?? '');
    let result: string | null;
    try {
      const { session } = this.#parts;
      const prepared = prepareCall(session, { procedure, options, forwardFor });
      result = await makeCall(session, prepared, payload, { signal: this.#ended });
    } catch (error) {
      if (error instanceof Refused) return this.#fail(call, unsendable(error));
      if (error instanceof WampError) return this.#refused(call, error);
      return this.#lost(call, error);
    }
    suspects.delete(call.id);
    return await this.#keep(call, result);
  }

  /**
   * If a single call is running when the router ends the session because of a message, that call is the cause. If
   * several are running, the cause is unknown.
   */
  async #lost(call: AsyncCall, error: unknown): Promise<AsyncOutcome | undefined> {
    const { connection, table, suspects } = this.#parts;
    if (!connection.lost.aborted && error instanceof SessionLostError && error.blamesMessage) {
      if (suspects.has(call.id) && this.#running.size === 1) {
        return this.#fail(call, new WampError('wamp.error.payload_size_exceeded', [error.message]));
      }
      suspects.add(call.id);
    }
    if (!connection.lost.aborted) await table.release(call);
    throw error;
  }

  async #refused(call: AsyncCall, error: WampError): Promise<AsyncOutcome | undefined> {
    const { table, log, suspects } = this.#parts;
    suspects.delete(call.id);
    if (call.tries >= call.retries || error.error === tooLarge) return this.#fail(call, error);
    const pause = await this.#storing(call, error, (storable) => table.postpone(call, storable));
    log.debug({ call: call.id, procedure: call.procedure, err: error, pause }, 'an asynchronous call is tried again');
    setTimeout(() => this.#bell.ring(), pause).unref();
    return undefined;
  }

  /** Stores a result. If PostgreSQL cannot store it, the call fails, because repeating the call would not help. */
  async #keep(call: AsyncCall, result: string | null): Promise<AsyncOutcome> {
    try {
      return await this.#parts.table.succeed(call, result);
    } catch (error) {
      if (!isServerError(error)) throw error;
      return this.#fail(call, wampErrorOf(error));
    }
  }

  /** Stores the final error of a call. */
  async #fail(call: AsyncCall, error: WampError): Promise<AsyncOutcome> {
    const { table, counts, suspects, log } = this.#parts;
    suspects.delete(call.id);
    counts.failed += 1;
    log.warn({ call: call.id, procedure: call.procedure, err: error }, 'an asynchronous call has failed');
    return this.#storing(call, error, (storable) => table.fail(call, storable));
  }

  /** Stores an error, without its arguments and as ASCII if PostgreSQL cannot store them. */
  async #storing<Result>(
    call: AsyncCall,
    error: WampError,
    store: (error: WampError) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await store(error);
    } catch (unkept) {
      if (!isUnstorable(unkept)) throw unkept;
      const { log } = this.#parts;
      log.warn({ call: call.id, err: unkept }, 'the arguments of the error of an asynchronous call cannot be kept');
      const why = `arguments cannot be kept: ${unkept.message}`;
      return await store(new WampError(asciiText(error.error), [asciiText(why)]));
    }
  }

  /** Runs the handler, if there is one. After `stop`, the next attempt is left to the next Caller. */
  async #handle(call: AsyncCall, outcome: AsyncOutcome, stop: AbortSignal): Promise<void> {
    const { handler } = call;
    if (handler === null) return;
    const { table, counts } = this.#parts;
    const pause = backoff(pauses);
    for (let tries = 1; ; tries += 1) {
      const error = await this.#run(call, handler, outcome);
      if (error && tries > call.retries) counts.failedHandlers += 1;
      if (!error) return table.handled(call, undefined);
      if (tries > call.retries) return this.#storing(call, error, (storable) => table.handled(call, storable));
      await pause.wait(AbortSignal.any([stop, this.#ended]));
      if (stop.aborted) return;
      this.#ended.throwIfAborted();
    }
  }

  async #run(call: AsyncCall, handler: string, outcome: AsyncOutcome): Promise<WampError | undefined> {
    const { handlers, log } = this.#parts;
    try {
      await handlers.run(call, handler, outcome, this.#ended);
      return undefined;
    } catch (error) {
      this.#ended.throwIfAborted();
      if (!(error instanceof WampError)) throw error;
      log.warn({ call: call.id, handler, err: error }, 'the handler of an asynchronous call has failed');
      return error;
    }
  }
}

/** The error that the router would have returned. */
function unsendable({ kind, message }: Refused): WampError {
  return new WampError(kind === 'too_large' ? tooLarge : 'wamp.error.invalid_argument', [message]);
}
