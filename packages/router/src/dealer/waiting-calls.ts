import type { Payload } from '@pgwamp/protocol';
import type { PendingCall } from './pending-call.ts';

/** A call that waits, with what its caller has sent for it: one payload, or more if it is a progressive one. */
export interface WaitingCall {
  readonly call: PendingCall;
  readonly payloads: readonly Payload[];
}

/** What all calls that wait in a realm take, in bytes. */
export interface WaitingSpace {
  bytes: number;
}

interface Parts {
  readonly payloads: Payload[];
  bytes: number;
}

/** Calls that wait for a callee of one registration with room for them, in the order in which they came. */
export class WaitingCalls {
  readonly #space: WaitingSpace;
  readonly #calls = new Map<PendingCall, Parts>();
  // Kept from one call to the next: a new iterator would pass over all that were taken before.
  #next = this.#calls.entries();
  #size = 0;

  constructor(space: WaitingSpace) {
    this.#space = space;
  }

  /** How many CALL messages wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a call, or another part of one that waits already. */
  add(call: PendingCall, payload: Payload, bytes: number): void {
    const parts = this.#calls.get(call) ?? { payloads: [], bytes: 0 };
    if (parts.payloads.length === 0) this.#calls.set(call, parts);
    parts.payloads.push(payload);
    parts.bytes += bytes;
    this.#space.bytes += bytes;
    this.#size++;
  }

  delete(call: PendingCall): void {
    const parts = this.#calls.get(call);
    if (parts === undefined) return;
    this.#calls.delete(call);
    this.#space.bytes -= parts.bytes;
    this.#size -= parts.payloads.length;
  }

  /** Takes out the call that has waited longest. */
  take(): WaitingCall | undefined {
    const { value, done } = this.#next.next();
    if (done) return this.#takeAnew();
    return this.#took(value);
  }

  #takeAnew(): WaitingCall | undefined {
    this.#next = this.#calls.entries();
    const { value, done } = this.#next.next();
    return done ? undefined : this.#took(value);
  }

  #took([call, { payloads }]: [PendingCall, Parts]): WaitingCall {
    this.delete(call);
    return { call, payloads };
  }
}
