/**
 * The Caller: SQL calls any WAMP procedure.
 *
 * @module
 */
export { Caller, type CallerEnvironment, type CallerStatus } from './caller.ts';
export {
  type CallerConfiguration,
  type CallerOptions,
  callerConfiguration,
  parseCallerConfiguration,
} from './configuration.ts';
