import type { Logger } from '@pgwamp/core/internal/component';
import { type Counts, Quarantine } from '@pgwamp/core/internal/pipeline';
import type { Connection, Delivery } from '@pgwamp/core/internal/postgres';
import type { PublisherConfiguration } from './configuration.ts';

/** What a Publisher remembers from one connection to the next. */
export interface PublisherState {
  readonly counts: Counts;
  readonly quarantine: Quarantine;
  dropped: number;
  lag: { bytes: number; rows: number };
  delivery: Delivery | undefined;
  database: { processId: number; slot: string | undefined } | undefined;
  session: { id: number } | undefined;
  inFlight: () => number;
}

export function initialState(): PublisherState {
  return {
    counts: { accepted: 0, refused: 0 },
    quarantine: new Quarantine(),
    dropped: 0,
    lag: { bytes: 0, rows: 0 },
    delivery: undefined,
    database: undefined,
    session: undefined,
    inFlight: () => 0,
  };
}

/** What the parts of a Publisher share while it is connected. */
export interface PublisherContext {
  readonly configuration: PublisherConfiguration;
  readonly state: PublisherState;
  readonly log: Logger;
  readonly connection: Connection;
  readonly applicationName: string;
}
