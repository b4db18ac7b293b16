import { type Logger, OnceAMinute, type Waits } from '@pgwamp/core/internal/component';
import { type Counts, Quarantine } from '@pgwamp/core/internal/pipeline';
import type { Connection, Delivery, Notifications } from '@pgwamp/core/internal/postgres';
import type { PublisherConfiguration } from './configuration.ts';
import { RecentPublications } from './publication-receipts.ts';

/** The state of a Publisher that outlives its connections. */
export interface PublisherState {
  readonly counts: Counts;
  readonly quarantine: Quarantine;
  readonly recent: RecentPublications;
  /** Topics for which a refusal was logged recently. */
  readonly refusals: OnceAMinute;
  /** Idle slots that were reported. */
  readonly idleSlots: Set<string>;
  dropped: number;
  lag: { readonly bytes: number; readonly retained: number; readonly rows: number };
  /** The current delivery, while the Publisher delivers. */
  delivering: Delivering | undefined;
}

/** A delivery in use. */
interface Delivering {
  readonly delivery: Delivery;
  /** The replication slot of the realm, only for delivery `wal`. */
  readonly slot: string | undefined;
  /** The running pump. */
  pump: { readonly inFlight: number } | undefined;
}

/** The state of a Publisher that has not been started. */
export function initialState(): PublisherState {
  return {
    counts: { accepted: 0, refused: 0 },
    quarantine: new Quarantine(),
    recent: new RecentPublications(),
    refusals: new OnceAMinute(),
    idleSlots: new Set(),
    dropped: 0,
    lag: { bytes: 0, retained: 0, rows: 0 },
    delivering: undefined,
  };
}

/** The objects that the parts of a connected Publisher share. */
export interface PublisherContext {
  readonly configuration: PublisherConfiguration;
  readonly state: PublisherState;
  readonly log: Logger;
  readonly waits: Waits;
  readonly connection: Connection;
  readonly notifications: Notifications;
  readonly applicationName: string;
}
