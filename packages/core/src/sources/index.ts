/**
 * Events out of PostgreSQL: source → pump → sink.
 *
 * @module
 */

export type { Batch, Emission, Malformed, Outcomes, Publication, Sink, Source } from '../pipeline/index.ts';
export { type Counts, type Flow, Pump, parseEmission, type Window } from '../pipeline/index.ts';
export { dropSlot, ensureSlot, type SlotFate, slotName, whenFree } from '../postgres/index.ts';
export { type Changeover, dropIdleSlot, remainderOf } from './changeover.ts';
export { chooseDelivery, type Delivery, type DeliveryChoice, deliveryInForce, enactDelivery } from './delivery.ts';
export { type NotifyCallbacks, NotifySource } from './notify.ts';
export { OutboxSource } from './outbox.ts';
export { DatabaseOutcomes } from './outcomes.ts';
export { WalSource } from './wal-messages.ts';
