import type { Logger, Part } from '@pgwamp/core/internal/component';
import type { Endpoint, FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';
import type { Registrations } from './registrations.ts';

/** What the parts of a Callee share. */
export interface CalleeContext {
  readonly database: Part<FunctionHost>;
  readonly session: Part<EndpointSession>;
  readonly calls: Calls;
  readonly state: CalleeState;
  /** Milliseconds without PostgreSQL after which the session is closed. */
  readonly grace: number;
  readonly log: Logger;
}

/** What a Callee knows besides its parts. */
export interface CalleeState {
  /** The endpoints of the database, by id, as they were told last. */
  readonly endpoints: Map<string, Endpoint>;
  /** Of the session that there is. */
  registrations: Registrations | undefined;
  /** The ids of the sessions that were lost last: the router may not know it yet. */
  deadSessions: ReadonlySet<number>;
}
