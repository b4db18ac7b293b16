/**
 * The link alone, for tests and benches.
 *
 * @module
 */
export { advertise } from './advertisement.ts';
export { type AsyncCall, type CallControls, type CompleteCall, callAsync, Link, type Outcome } from './link/index.ts';
