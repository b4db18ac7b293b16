/**
 * Events out of PostgreSQL: source → pump → sink.
 *
 * @module
 */
export { type Changeover, dropIdleSlot, remainderOf } from './changeover.ts';
export { chooseDelivery, type Delivery, type DeliveryChoice, deliveryInForce, enactDelivery } from './delivery.ts';
export { type NotifyCallbacks, NotifySource } from './notify-source.ts';
export { OutboxSource } from './outbox-source.ts';
export { DatabaseOutcomes } from './outcomes.ts';
export { parseEmission } from './publication.ts';
export { type Counts, type Flow, Pump, type Window } from './pump.ts';
export { dropSlot, ensureSlot, type SlotFate, slotName, whenFree } from './slot.ts';
export type { Batch, Emission, Malformed, Outcomes, Publication, Sink, Source } from './types.ts';
export { WalSource } from './wal-source.ts';
