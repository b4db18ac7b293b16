import { WampError } from '@pgwamp/core';
import type { Part } from '@pgwamp/core/internal/component';
import type { Endpoint, FunctionHost } from '@pgwamp/core/internal/functions';
import { type InvocationDetails, PayloadText } from '@pgwamp/core/internal/wamp';
import { CallTimes } from './call-times.ts';

/** Counts of answered calls since the Callee was created. */
export interface CallCounts {
  /** Number of all calls. */
  calls: number;
  /** Number of calls answered with an error. */
  failed: number;
}

/** Answers calls with functions of the database. While PostgreSQL is away, calls fail immediately with an error. */
export class Calls {
  readonly counts: CallCounts = { calls: 0, failed: 0 };
  /** The times that calls take. */
  readonly times = new CallTimes();
  readonly #database: Part<FunctionHost>;
  #inFlight = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(database: Part<FunctionHost>) {
    this.#database = database;
  }

  /** The function host; undefined while PostgreSQL is away. */
  get host(): FunctionHost | undefined {
    return this.#database.current;
  }

  /** Number of unanswered calls. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /**
   * Runs the function of an endpoint.
   *
   * @throws `WampError`, which is the answer to the caller.
   */
  async answer(
    endpoint: Endpoint,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    details: InvocationDetails,
  ): Promise<PayloadText> {
    const host = this.#database.current;
    const { signal, progress, timeout } = details;
    this.#inFlight += 1;
    this.counts.calls += 1;
    const begun = performance.now();
    try {
      if (!host) throw new WampError('wamp.error.unavailable', ['PostgreSQL cannot be reached']);
      const result = await host.executor.call({
        endpoint,
        args,
        kwargs,
        details,
        signal,
        timeout: typeof timeout === 'number' ? timeout : undefined,
        progress: progress ? (row) => progress(new PayloadText(row.args, row.kwargs)) : undefined,
      });
      host.status.count(endpoint.id, 'handled');
      return new PayloadText(result.args, result.kwargs);
    } catch (error) {
      this.counts.failed += 1;
      host?.status.count(endpoint.id, 'failed', (error as Error).message);
      throw error;
    } finally {
      this.times.add(endpoint, performance.now() - begun);
      this.#inFlight -= 1;
      if (this.#inFlight === 0) {
        this.#idle?.resolve();
        this.#idle = undefined;
      }
    }
  }
}
