/**
 * The Caller: SQL calls any WAMP procedure.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export { Caller, type CallerStatus } from './caller.ts';
export {
  type CallerConfiguration,
  type CallerOptions,
  callerConfiguration,
  parseCallerConfiguration,
} from './configuration.ts';
