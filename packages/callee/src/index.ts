/**
 * The Callee: offers functions of PostgreSQL as WAMP procedures.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export type { ProcedureTimes } from './call-times.ts';
export { Callee } from './callee.ts';
export {
  type CalleeConfiguration,
  type CalleeOptions,
  calleeConfiguration,
  parseCalleeConfiguration,
} from './configuration.ts';
export type { CalleeStatus, RegistrationCounts } from './status.ts';
