/**
 * Functions of PostgreSQL as WAMP endpoints: what Callee and Subscriber share.
 *
 * @module
 */
export {};
