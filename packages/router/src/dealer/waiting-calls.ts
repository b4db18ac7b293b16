import type { Payload } from '@pgwamp/protocol';
import type { PendingCall } from './pending-call.ts';
import type { Registration } from './registration.ts';

/** A call that waits, with its payloads: one, or several of a progressive call. */
export interface WaitingCall {
  readonly call: PendingCall;
  readonly payloads: readonly Payload[];
}

interface Parts {
  readonly payloads: Payload[];
  bytes: number;
}

/** The calls that wait for one registration, in the order in which they came. */
class Queue {
  readonly calls = new Map<PendingCall, Parts>();
  /** How many CALL messages wait. */
  size = 0;
  // Kept from one call to the next: a new iterator would pass over all entries that were deleted before.
  #next = this.calls.entries();

  /** The call that has waited longest. */
  first(): [PendingCall, Parts] | undefined {
    const { value, done } = this.#next.next();
    if (!done) return value;
    this.#next = this.calls.entries();
    return this.#next.next().value;
  }
}

/** The calls of a realm that wait for a callee with room. */
export class WaitingCalls {
  readonly #queues = new WeakMap<Registration, Queue>();
  #bytes = 0;

  /** What all of them take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many CALL messages wait for a registration. */
  countOf(registration: Registration): number {
    return this.#queues.get(registration)?.size ?? 0;
  }

  /** Adds a call, or another part of one that waits already. */
  add(call: PendingCall, payload: Payload, bytes: number): void {
    const queue = this.#queues.get(call.registration) ?? new Queue();
    this.#queues.set(call.registration, queue);
    const parts = queue.calls.get(call) ?? { payloads: [], bytes: 0 };
    if (parts.payloads.length === 0) queue.calls.set(call, parts);
    parts.payloads.push(payload);
    parts.bytes += bytes;
    queue.size++;
    this.#bytes += bytes;
  }

  delete(call: PendingCall): void {
    const queue = this.#queues.get(call.registration);
    const parts = queue?.calls.get(call);
    if (queue === undefined || parts === undefined) return;
    queue.calls.delete(call);
    queue.size -= parts.payloads.length;
    this.#bytes -= parts.bytes;
  }

  /** Takes out the call that has waited longest for a registration. */
  take(registration: Registration): WaitingCall | undefined {
    const first = this.#queues.get(registration)?.first();
    if (first === undefined) return undefined;
    const [call, { payloads }] = first;
    this.delete(call);
    return { call, payloads };
  }

  /** Makes the calls that wait for one registration wait for another one, which has none yet. */
  move(from: Registration, to: Registration): void {
    const queue = this.#queues.get(from);
    if (queue === undefined) return;
    for (const call of queue.calls.keys()) call.registration = to;
    this.#queues.delete(from);
    this.#queues.set(to, queue);
  }
}
