/**
 * The Caller: SQL calls any WAMP procedure.
 *
 * @module
 */
export type { ComponentEnvironment, ComponentState, ComponentStatus } from '@pgwamp/core/internal/component';
export { Caller } from './caller.ts';
export {
  type CallerConfiguration,
  type CallerOptions,
  callerConfiguration,
  parseCallerConfiguration,
} from './configuration.ts';
export type { CallerStatus } from './status.ts';
