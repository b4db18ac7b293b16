import type { Payload } from '../serializer/serializer.ts';
import type { PendingCall } from './pending-call.ts';

/** A call that waits, with what its caller has sent for it: one payload, or more if it is a progressive one. */
export interface WaitingCall {
  readonly call: PendingCall;
  readonly payloads: readonly Payload[];
}

/** Calls that wait for a callee of one registration with room for them, in the order in which they came. */
export class WaitingCalls {
  readonly #payloads = new Map<PendingCall, Payload[]>();
  // Kept from one call to the next: a new iterator would pass over all that were taken before.
  #next = this.#payloads.entries();
  #size = 0;

  /** How many CALL messages wait. */
  get size(): number {
    return this.#size;
  }

  add(call: PendingCall, payload: Payload): void {
    const known = this.#payloads.get(call);
    if (known === undefined) this.#payloads.set(call, [payload]);
    else known.push(payload);
    this.#size++;
  }

  delete(call: PendingCall): void {
    this.#size -= this.#payloads.get(call)?.length ?? 0;
    this.#payloads.delete(call);
  }

  /** Takes out the call that has waited longest. */
  take(): WaitingCall | undefined {
    const { value, done } = this.#next.next();
    if (done) return this.#takeAnew();
    return this.#took(value);
  }

  #takeAnew(): WaitingCall | undefined {
    this.#next = this.#payloads.entries();
    const { value, done } = this.#next.next();
    return done ? undefined : this.#took(value);
  }

  #took([call, payloads]: [PendingCall, Payload[]]): WaitingCall {
    this.delete(call);
    return { call, payloads };
  }
}
