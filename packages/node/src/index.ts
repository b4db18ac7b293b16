/**
 * PostgreSQL as a full WAMP peer: the components, and the router for a single machine.
 *
 * @module
 */
export * from '@pgwamp/callee';
export * from '@pgwamp/caller';
export * from '@pgwamp/publisher';
export { createRouter } from '@pgwamp/router';
export * from '@pgwamp/subscriber';
