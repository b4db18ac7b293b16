import type { Logger, Part } from '@pgwamp/core/internal/component';
import type { Endpoint, FunctionHost } from '@pgwamp/core/internal/functions';
import type { EndpointSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';
import type { Registrations } from './registrations.ts';

/** The objects that the parts of a Callee share. */
export interface CalleeContext {
  readonly database: Part<FunctionHost>;
  readonly session: Part<EndpointSession>;
  readonly calls: Calls;
  readonly state: CalleeState;
  /** Milliseconds without PostgreSQL after which the registrations are withdrawn and the session is closed. */
  readonly grace: number;
  readonly log: Logger;
}

/** The state of a Callee. */
export interface CalleeState {
  /** The endpoints of the database by id, as they were last read. */
  readonly endpoints: Map<string, Endpoint>;
  /** The registrations of the current session. */
  registrations: Registrations | undefined;
  /** The ids of recently lost sessions. The router may still consider them alive. */
  deadSessions: ReadonlySet<number>;
}
