import { type Logger, OnceAMinute, type Waits } from '@pgwamp/core/internal/component';
import { type Counts, Quarantine } from '@pgwamp/core/internal/pipeline';
import type { Connection, Delivery, Notifications } from '@pgwamp/core/internal/postgres';
import type { PublisherConfiguration } from './configuration.ts';
import { RecentPublications } from './recent-publications.ts';

/** What a Publisher remembers from one connection to the next. */
export interface PublisherState {
  readonly counts: Counts;
  readonly quarantine: Quarantine;
  readonly recent: RecentPublications;
  /** Topics of which a refusal was logged. */
  readonly refusals: OnceAMinute;
  /** Idle slots that there has been a warning of. */
  readonly idleSlots: Set<string>;
  dropped: number;
  lag: { readonly bytes: number; readonly retained: number; readonly rows: number };
  /** While it delivers. */
  delivering: Delivering | undefined;
}

/** A delivery in use. */
interface Delivering {
  readonly delivery: Delivery;
  /** The replication slot of the realm, by delivery `wal` alone. */
  readonly slot: string | undefined;
  /** The pump that runs. */
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

/** What the parts of a Publisher share while it is connected. */
export interface PublisherContext {
  readonly configuration: PublisherConfiguration;
  readonly state: PublisherState;
  readonly log: Logger;
  readonly waits: Waits;
  readonly connection: Connection;
  readonly notifications: Notifications;
  readonly applicationName: string;
}
