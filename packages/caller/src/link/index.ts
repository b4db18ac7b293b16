/**
 * The link: what `crossbar.call` reaches by dblink.
 *
 * @module
 */
export type { Call, CallControls, Outcome } from './call.ts';
export { Link, type LinkOptions } from './link.ts';
export type { CallerIdentity, CallRequest } from './request.ts';
