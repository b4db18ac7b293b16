import type { ComponentStatus } from '@pgwamp/core/internal/component';
import type { ProcedureTimes } from './call-times.ts';

/** Registrations of a session: how many the router has, how many it refused, and how many are of functions that cannot be called. */
export interface RegistrationCounts {
  readonly registered: number;
  readonly refused: number;
  readonly unusable: number;
}

/** The status of a Callee. */
export interface CalleeStatus extends ComponentStatus {
  /** Server process of the control connection, while it is connected to PostgreSQL. */
  readonly database: { readonly processId: number } | undefined;
  /** The WAMP session, while it has one. */
  readonly session: { readonly id: number } | undefined;
  /** Registrations of that session. */
  readonly registrations: RegistrationCounts;
  /** Calls since this Callee was created. */
  readonly calls: number;
  /** Calls that were answered with an error. */
  readonly failed: number;
  /** Calls that are not answered yet. */
  readonly inFlight: number;
  /** Connections that run functions: how many there are, how many are busy, and how many calls wait for one. */
  readonly pool: { readonly size: number; readonly busy: number; readonly waiting: number };
  /** How long calls have taken, of each procedure that was called in the last 30 to 60 seconds. */
  readonly procedures: readonly ProcedureTimes[];
}
