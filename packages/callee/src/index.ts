/**
 * The Callee: what SQL registers can be called over WAMP.
 *
 * @module
 */
export { Callee, type CalleeEnvironment, type CalleeStatus } from './callee.ts';
export {
  type CalleeConfiguration,
  type CalleeOptions,
  calleeConfiguration,
  parseCalleeConfiguration,
} from './configuration.ts';
export type { RegistrationCounts } from './registrations.ts';
