import type { ComponentStatus } from '@pgwamp/core/internal/component';
import type { Delivery } from '@pgwamp/core/internal/postgres';

/** The status of a Publisher. */
export interface PublisherStatus extends ComponentStatus {
  /** The delivery in use, while it delivers. */
  readonly delivery: Delivery | undefined;
  /** Server process and replication slot, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number; readonly slot: string | undefined } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Publications that the router has acknowledged since this Publisher was created, including repetitions. */
  readonly published: number;
  /** Publications that the router has refused. */
  readonly refused: number;
  /** Publications that were dropped. Only delivery `notify` drops publications. */
  readonly dropped: number;
  /** Publications that wait for the acknowledgement of the router. */
  readonly inFlight: number;
  /**
   * The backlog in PostgreSQL, updated once a second. With delivery `wal`: bytes of undelivered WAL, and bytes that
   * PostgreSQL retains for the slot. With delivery `outbox`: the number of rows, at most 100,000.
   */
  readonly lag: { readonly bytes: number; readonly retained: number; readonly rows: number };
}
