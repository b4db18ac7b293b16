import { randomUUID } from 'node:crypto';
import { PgwampError, WampError } from '@pgwamp/core';
import { backoff, type Logger, type Part } from '@pgwamp/core/internal/component';
import type { Endpoint, FunctionHost, Handled, HandledEvent } from '@pgwamp/core/internal/functions';
import type { EventHandling } from './subscription-queue.ts';

/** Milliseconds of the pauses between two tries at a host that is there. */
const pauses = { first: 10, most: 1000 };

/** What became of events, since the Subscriber was made. */
export interface EventCounts {
  /** Handled by this process. */
  events: number;
  /** Given up, and kept in `crossbar.failed_event`. */
  failed: number;
  /** Not handled for want of room or time. */
  dropped: number;
}

/** Has events handled at the host that is there; while there is none, they wait. */
export class Handling implements EventHandling {
  readonly #database: Part<FunctionHost>;
  readonly #counts: EventCounts;
  readonly #log: Logger;
  readonly #end: AbortSignal;
  /** Names under which no batch is on its way. */
  readonly #names: string[] = [];
  #batches = 0;
  /** Events dropped while there was no host to tell, by subscription. */
  readonly #untold = new Map<string, number>();

  /** @param end aborted when nothing is handled any more. */
  constructor(database: Part<FunctionHost>, counts: EventCounts, log: Logger, end: AbortSignal) {
    this.#database = database;
    this.#counts = counts;
    this.#log = log;
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
      this.#log.error({ err: error, topic: endpoint.uri }, 'an event could not be handled');
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
    if (this.#counts.dropped === 0) this.#log.error({ topic: uri }, 'events are dropped');
    this.#counts.dropped += count;
    this.#untold.set(id, (this.#untold.get(id) ?? 0) + count);
    if (this.#database.current) this.tell(this.#database.current);
  }

  /** Tells a host what could not be told before. */
  tell({ status }: FunctionHost): void {
    for (const [id, count] of this.#untold) status.count(id, 'dropped', undefined, count);
    this.#untold.clear();
  }

  /** Whether it was kept, once no other Subscriber of the queue group is at it: that one may fail as well, or be lost. */
  async #keep(endpoint: Endpoint, event: HandledEvent, error: WampError): Promise<boolean> {
    const pause = backoff(pauses);
    for (;;) {
      const kept = await this.#atHost((host) => host.keepFailed(endpoint, event, error));
      if (kept !== undefined) return kept;
      await pause.wait(this.#end);
    }
  }

  /** Does something at a host, and at the next one if that is lost. A `WampError` is no loss. */
  async #atHost<Result>(work: (host: FunctionHost) => Promise<Result>): Promise<Result> {
    const pause = backoff(pauses);
    for (;;) {
      const host = await this.#database.present(this.#end);
      try {
        return await work(host);
      } catch (error) {
        if (error instanceof WampError || !(error instanceof PgwampError) || this.#end.aborted) throw error;
      }
      await pause.wait(this.#end);
    }
  }
}
