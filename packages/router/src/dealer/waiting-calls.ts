import type { Payload } from '@pgwamp/protocol';
import type { PendingCall } from './pending-call.ts';
import type { Registration } from './registration.ts';

/** A waiting call with its payloads: one, or several of a progressive call. */
export interface WaitingCall {
  readonly call: PendingCall;
  readonly payloads: readonly Payload[];
}

interface Parts {
  readonly payloads: Payload[];
  bytes: number;
}

/** The calls that wait for one registration, in order of arrival. */
class Queue {
  readonly calls = new Map<PendingCall, Parts>();
  /** The number of waiting CALL messages. */
  size = 0;
  // Kept from one call to the next: a new iterator would skip all deleted entries each time.
  #next = this.calls.entries();

  /** The oldest waiting call. */
  first(): [PendingCall, Parts] | undefined {
    const { value, done } = this.#next.next();
    if (!done) return value;
    this.#next = this.calls.entries();
    return this.#next.next().value;
  }
}

/** The calls of a realm that wait for a free callee. */
export class WaitingCalls {
  readonly #queues = new WeakMap<Registration, Queue>();
  #bytes = 0;

  /** The size of all waiting calls. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The number of CALL messages that wait for a registration. */
  countOf(registration: Registration): number {
    return this.#queues.get(registration)?.size ?? 0;
  }

  /** Adds a call, or another part of a waiting call. */
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

  /** Removes and returns the oldest call that waits for a registration. */
  take(registration: Registration): WaitingCall | undefined {
    const first = this.#queues.get(registration)?.first();
    if (first === undefined) return undefined;
    const [call, { payloads }] = first;
    this.delete(call);
    return { call, payloads };
  }

  /** Moves the waiting calls of one registration to another one that has no waiting calls yet. */
  move(from: Registration, to: Registration): void {
    const queue = this.#queues.get(from);
    if (queue === undefined) return;
    for (const call of queue.calls.keys()) call.registration = to;
    this.#queues.delete(from);
    this.#queues.set(to, queue);
  }
}
