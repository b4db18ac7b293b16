/**
 * The link: the wire-protocol server of the Caller, to which `crossbar.call` connects with dblink.
 *
 * @module
 */
export type { Call, CallControls, Outcome } from './call.ts';
export { Link, type LinkOptions } from './link.ts';
export type { CallerIdentity, CallRequest } from './request.ts';
