import type { Endpoint } from '../endpoints/endpoint.ts';

/** An event as its handler receives it. */
export interface HandledEvent {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** `publication`, `topic`, and other details that the router discloses. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Events of one subscription that are handled in one transaction, in order: all of them or none. With the option
 * `queue_group`, an event is only handled if no other process of the group has claimed its publication. The claim is
 * part of the transaction.
 *
 * `Executor.handle(batch)` resolves when the transaction is committed. It throws `WampError` if the handler failed.
 * Then nothing was committed, and serialization failures have already been retried. Every other error means that
 * PostgreSQL was lost or had no free connection: then it is unknown whether the batch was handled.
 */
export interface Batch {
  readonly endpoint: Endpoint;
  readonly events: readonly HandledEvent[];
  /**
   * A name that no other process uses. The batches of one name are handled one after the other, with increasing
   * numbers. If a batch is repeated with the same name and number after a loss, and it had been committed, it is not
   * handled again.
   */
  readonly name: string;
  readonly number: number;
  /** Cancels the statements when it aborts. Then `handle` throws and nothing is committed. */
  readonly signal?: AbortSignal;
}

/** The result of a committed batch. */
export interface Handled {
  /** Number of events that its transaction handled. The others were claimed by other processes of the queue group. */
  readonly handled: number;
}
