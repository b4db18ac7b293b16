/**
 * The link: the wire-protocol server of the Caller, to which `crossbar.call` connects with dblink.
 *
 * @module
 */
export { type AsyncCall, type CallControls, type CompleteCall, callAsync } from './async-call.ts';
export type { Call, CallHead, Outcome, StartCall } from './call.ts';
export { Link, type LinkOptions } from './link.ts';
export type { CallerIdentity } from './request.ts';
