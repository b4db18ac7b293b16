import type { Endpoint } from '../endpoints/endpoint.ts';

/** An event as its handler gets it. */
export interface HandledEvent {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** `publication`, `topic`, and what else the router discloses. */
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Events of one subscription that are handled in one transaction, in their order: all of them or none. With the option `queue_group` an event is
 * handled only if no other process of the group has claimed its publication; the claim is part of the transaction.
 *
 * `Executor.handle(batch)` resolves when the transaction is committed. It throws `WampError` if the handler failed: then
 * nothing has happened, and the serialization failures among the errors have been tried again. Every other error says that
 * PostgreSQL was lost, or had no connection free: the batch may or may not have been handled.
 */
export interface Batch {
  readonly endpoint: Endpoint;
  readonly events: readonly HandledEvent[];
  /**
   * Whose batch it is: a name that no other process has, and under which batches come one after the other, each with a greater number.
   * Handled again by the same name and number, after a loss, a batch that had been committed is found so and not handled twice.
   */
  readonly name: string;
  readonly number: number;
  /** Cancels the statements when it aborts: then `handle` throws, and nothing has happened. */
  readonly signal?: AbortSignal;
}

/** What became of a batch that is committed. */
export interface Handled {
  /** Events that its transaction handled; of the others, other processes of the queue group had made sure. */
  readonly handled: number;
}
