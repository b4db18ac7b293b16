/**
 * The link alone, for tests and benches.
 *
 * @module
 */
export { advertise } from './advertisement.ts';
export { type Call, type CallControls, type CallRequest, Link, type Outcome } from './link/index.ts';
