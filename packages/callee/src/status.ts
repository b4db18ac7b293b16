import type { ComponentStatus } from '@pgwamp/core/internal/component';
import type { ProcedureTimes } from './call-times.ts';

/**
 * Numbers of registrations: those that the router has, those that it refused, and those whose function cannot be
 * called.
 */
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
  /** Number of calls since this Callee was created. */
  readonly calls: number;
  /** Number of calls answered with an error. */
  readonly failed: number;
  /** Number of unanswered calls. */
  readonly inFlight: number;
  /** Numbers of connections that run functions, of busy ones, and of calls that wait for one. */
  readonly pool: { readonly size: number; readonly busy: number; readonly waiting: number };
  /** Call times of each procedure that was called in the last 30 to 60 seconds. */
  readonly procedures: readonly ProcedureTimes[];
}
