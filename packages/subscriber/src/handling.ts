import { randomUUID } from 'node:crypto';
import { DatabaseLostError, PgwampError, StoppedError, WampError } from '@pgwamp/core';
import { type Backoff, backoff, FailureLog, type Logger, type Part } from '@pgwamp/core/internal/component';
import type { Endpoint, FunctionHost, Handled, HandledEvent } from '@pgwamp/core/internal/functions';
import type { EventHandling } from './subscription-queue.ts';

/** Milliseconds of the pauses between two attempts while PostgreSQL is connected. */
const pauses = { first: 10, max: 5000 };

/** Counts of events since the Subscriber was created. */
export interface EventCounts {
  /** Number of events handled by this process. */
  events: number;
  /** Number of events whose handler finally failed. They are stored in `crossbar.failed_event`. */
  failed: number;
  /** Number of events dropped because the queue was full or their subscription ended. */
  dropped: number;
}

/** Handles events at the current function host. While there is none, the events wait. */
export class Handling implements EventHandling {
  readonly #database: Part<FunctionHost>;
  readonly #counts: EventCounts;
  readonly #failures: FailureLog;
  readonly #end: AbortSignal;
  /** Names that no current batch uses. */
  readonly #names: string[] = [];
  #batches = 0;
  /** Dropped events that could not be reported because there was no host, by subscription. */
  readonly #unreported = new Map<string, number>();

  /** @param end aborts when no more events are handled. */
  constructor(database: Part<FunctionHost>, counts: EventCounts, log: Logger, end: AbortSignal) {
    this.#database = database;
    this.#counts = counts;
    this.#failures = new FailureLog(log);
    this.#end = end;
  }

  async handle(endpoint: Endpoint, events: readonly HandledEvent[]): Promise<Handled> {
    const name = this.#names.pop() ?? randomUUID();
    this.#batches += 1;
    const batch = { endpoint, events, name, number: this.#batches, signal: this.#end };
    try {
      return await this.#atHost(({ executor }) => executor.handle(batch));
    } catch (error) {
      if (error instanceof PgwampError) throw error;
      this.#failures.warn(`handler of ${endpoint.uri}`, error as Error, 'this counts as a failure of the handler');
      throw new WampError('wamp.error.runtime_error', [String(error)]);
    } finally {
      this.#names.push(name);
    }
  }

  async keepFailed(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<void> {
    if (!(await this.#keep(endpoint, event, error))) {
      this.failed(endpoint, error);
      return;
    }
    this.#counts.failed += 1;
    this.#database.current?.status.count(endpoint.id, 'failed', error.message);
  }

  handled({ id }: Endpoint, count: number): void {
    this.#counts.events += count;
    this.#database.current?.status.count(id, 'handled', undefined, count);
  }

  failed({ id }: Endpoint, error: WampError): void {
    this.#database.current?.status.count(id, 'failed', error.message, 0);
  }

  dropped({ id, uri }: Endpoint, count: number): void {
    this.#failures.warn(`events of ${uri}`, new Error('events are dropped'), 'crossbar.subscriptions counts them');
    this.#counts.dropped += count;
    this.#unreported.set(id, (this.#unreported.get(id) ?? 0) + count);
    if (this.#database.current) this.reportDropped(this.#database.current);
  }

  /** Reports dropped events that could not be reported before. */
  reportDropped({ status }: FunctionHost): void {
    for (const [id, count] of this.#unreported) status.count(id, 'dropped', undefined, count);
    this.#unreported.clear();
  }

  broken({ uri }: Endpoint, error: unknown): void {
    this.#failures.warn(`events of ${uri}`, error as Error, 'they are tried again after a pause');
  }

  /**
   * Retries until the event is stored: while another Subscriber of the queue group is storing it, which may fail or be
   * lost, and while PostgreSQL cannot store it, for example because its disk is full. The handler is not run again
   * meanwhile.
   */
  async #keep(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<boolean> {
    const pause = backoff(pauses);
    for (;;) {
      try {
        const kept = await this.#atHost((host) => host.keepFailed(endpoint, event, error));
        if (kept !== undefined) return kept;
      } catch (failure) {
        if (failure instanceof PgwampError) throw failure;
        const next = 'the failed event and the events behind it wait until crossbar.failed_event accepts it';
        this.#failures.warn(`failed events of ${endpoint.uri}`, failure as Error, next);
      }
      await pause.wait(this.#end);
    }
  }

  /**
   * Runs an operation at the current host, and again at the next host if that one is lost. A `WampError` is not a loss.
   */
  async #atHost<Result>(work: (host: FunctionHost) => Promise<Result>): Promise<Result> {
    let pause: Backoff | undefined;
    for (;;) {
      // After the end, a remaining host must not be used either.
      if (this.#end.aborted) throw new StoppedError();
      const host = this.#database.current ?? (await this.#database.present(this.#end));
      try {
        return await work(host);
      } catch (error) {
        if (error instanceof WampError || !(error instanceof PgwampError)) throw error;
        if (this.#end.aborted) throw new StoppedError();
        // The owner of the connection reports its loss.
        if (!(error instanceof DatabaseLostError))
          this.#failures.warn('database', error, 'the events are tried again after a pause');
      }
      pause ??= backoff(pauses);
      await pause.wait(this.#end);
    }
  }
}
