/**
 * The link: what `crossbar.call` reaches by dblink.
 *
 * @module
 */
export type { Call } from './call.ts';
export { Link, type LinkOptions } from './link.ts';
