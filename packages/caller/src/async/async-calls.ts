import { Refused, SessionLostError, WampError } from '@pgwamp/core';
import { backoff, Doorbell, type Logger } from '@pgwamp/core/internal/component';
import { wampErrorOf } from '@pgwamp/core/internal/functions';
import { type Connection, isServerError } from '@pgwamp/core/internal/postgres';
import { PayloadText } from '@pgwamp/core/internal/wamp';
import type { CallTarget } from '../call-description.ts';
import { makeCall } from '../make-call.ts';
import { resultText } from '../result-text.ts';
import type { AsyncCall, AsyncOutcome, AsyncTable } from './async-table.ts';
import type { Handlers } from './handlers.ts';

/** Milliseconds between two looks for calls that no message told of. */
const interval = 1000;

/** Milliseconds of the pauses between two tries of a handler. */
const pauses = { first: 100, max: 10_000 };

/** Trying again does not make such a message smaller. */
const tooLarge = 'wamp.error.payload_size_exceeded';

/** Asynchronous calls, since the Caller was made. */
export interface AsyncCounts {
  /** Tries. */
  calls: number;
  /** Calls that failed for good. */
  failed: number;
  /** Handlers that failed for good. */
  failedHandlers: number;
}

/** What asynchronous calls are made with. */
export interface AsyncParts extends CallTarget {
  readonly connection: Connection;
  readonly table: AsyncTable;
  readonly handlers: Handlers;
  /** How many are made at a time. */
  readonly concurrency: number;
  readonly counts: AsyncCounts;
  /**
   * Calls that were under way when the router ended the session over a message: one of them may be the cause. While there are any, calls are
   * made one at a time.
   */
  readonly suspects: Set<string>;
  /** Aborted when what is under way is to be left to whoever serves next. */
  readonly giveUp: AbortSignal;
  readonly log: Logger;
}

/** Makes the calls that transactions have left behind, some at a time: the oldest first, and each at least once. */
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

  /** LISTENs to what is committed from now on. */
  static async open(parts: AsyncParts): Promise<AsyncCalls> {
    const calls = new AsyncCalls(parts);
    await parts.connection.query('LISTEN crossbar_async_call');
    return calls;
  }

  /** Calls that are under way, until their handlers have ended. */
  get inFlight(): number {
    return this.#running.size;
  }

  /**
   * Begins calls until told to stop.
   *
   * @throws what was lost; then all that are under way are left to whoever serves next.
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

  /** Resolves when those that are under way have ended. */
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

  /** What goes wrong ends everything, as a loss does: the next time to serve finds the call as it is. */
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

  /** Calls; gives nothing if the call is to be made again. */
  async #outcomeOf(call: AsyncCall): Promise<AsyncOutcome | undefined> {
    const { counts, suspects } = this.#parts;
    counts.calls += 1;
    const { procedure, options, forwardFor } = call;
    const payload = new PayloadText(call.args ?? '', call.kwargs ?? '');
    let result: PayloadText;
    try {
      result = await makeCall(this.#parts, { procedure, payload, options, forwardFor }, { signal: this.#ended });
    } catch (error) {
      if (error instanceof Refused) return this.#fail(call, unsendable(error));
      if (error instanceof WampError) return this.#refused(call, error);
      return this.#lost(call, error);
    }
    suspects.delete(call.id);
    return await this.#keep(call, resultText(result));
  }

  /** A call that is under way alone when the router ends the session over a message is to blame; of several, nobody knows. */
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
    const pause = await table.postpone(call, error);
    log.debug({ call: call.id, procedure: call.procedure, err: error, pause }, 'an asynchronous call is tried again');
    setTimeout(() => this.#bell.ring(), pause).unref();
    return undefined;
  }

  /** What PostgreSQL cannot keep is no result, and calling again would not make it one. */
  async #keep(call: AsyncCall, result: string | null): Promise<AsyncOutcome> {
    try {
      return await this.#parts.table.succeed(call, result);
    } catch (error) {
      if (!isServerError(error)) throw error;
      return this.#fail(call, wampErrorOf(error));
    }
  }

  /** Keeps an error for good; without its arguments if PostgreSQL cannot keep those. */
  async #fail(call: AsyncCall, error: WampError): Promise<AsyncOutcome> {
    const { table, counts, suspects, log } = this.#parts;
    suspects.delete(call.id);
    counts.failed += 1;
    log.warn({ call: call.id, procedure: call.procedure, err: error }, 'an asynchronous call has failed');
    try {
      return await table.fail(call, error);
    } catch (unkept) {
      if (!isServerError(unkept)) throw unkept;
      log.warn({ call: call.id, err: unkept }, 'the arguments of the error of an asynchronous call cannot be kept');
      return await table.fail(call, new WampError(error.error, [`arguments cannot be kept: ${unkept.message}`]));
    }
  }

  /** Runs the handler, if there is one; told to stop, it leaves the next try to whoever serves next. */
  async #handle(call: AsyncCall, outcome: AsyncOutcome, stop: AbortSignal): Promise<void> {
    const { handler } = call;
    if (handler === null) return;
    const { table, counts } = this.#parts;
    const pause = backoff(pauses);
    for (let tries = 1; ; tries += 1) {
      const error = await this.#run(call, handler, outcome);
      if (error && tries > call.retries) counts.failedHandlers += 1;
      if (!error || tries > call.retries) return table.handled(call, error);
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

/** What the router would have said. */
function unsendable({ kind, message }: Refused): WampError {
  return new WampError(kind === 'too_large' ? tooLarge : 'wamp.error.invalid_argument', [message]);
}
