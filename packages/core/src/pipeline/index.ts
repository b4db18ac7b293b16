/**
 * source → pump → sink: what leaves the database, in order and confirmed.
 *
 * @module
 */
export { parseEmission, sizeOf, wantsAcknowledgement } from './publication.ts';
export { type Counts, type Flow, Pump, type Window } from './pump.ts';
export type { Batch, Emission, Malformed, Outcomes, Publication, Sink, Source } from './types.ts';
