/**
 * source → pump → sink: delivers messages from the database to any receiver, in order and confirmed.
 *
 * @module
 */
export {
  type Batch,
  type Message,
  messageOverhead,
  type Outcomes,
  type Parser,
  type Receipt,
  type Receipts,
  type Sink,
  type Source,
  textMessage,
} from './message.ts';
export { type Counts, type Flow, Pump, type Window } from './pump.ts';
export { Quarantine } from './quarantine.ts';
