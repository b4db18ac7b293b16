/**
 * The Callee: what SQL registers can be called over WAMP.
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
