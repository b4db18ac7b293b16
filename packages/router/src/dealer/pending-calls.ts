import type { Session } from '../session/session.ts';

/** A call on its way: invoked, not yet answered. */
export interface PendingCall {
  readonly caller: Session;
  /** The caller's CALL.Request. */
  readonly request: number;
  readonly callee: Session;
  /** The router's INVOCATION.Request towards the callee. */
  readonly invocation: number;
}

type CallsById = Map<number, PendingCall>;

function put(calls: Map<Session, CallsById>, session: Session, id: number, call: PendingCall): void {
  const own = calls.get(session);
  if (own === undefined) calls.set(session, new Map([[id, call]]));
  else own.set(id, call);
}

function drop(calls: Map<Session, CallsById>, session: Session, id: number): void {
  const own = calls.get(session);
  own?.delete(id);
  if (own?.size === 0) calls.delete(session);
}

/** The pending calls of a realm, from both sides. */
export class PendingCalls {
  readonly #byCaller = new Map<Session, CallsById>();
  readonly #byCallee = new Map<Session, CallsById>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  countOf(caller: Session): number {
    return this.#byCaller.get(caller)?.size ?? 0;
  }

  isPending(caller: Session, request: number): boolean {
    return this.#byCaller.get(caller)?.has(request) ?? false;
  }

  add(call: PendingCall): void {
    put(this.#byCaller, call.caller, call.request, call);
    put(this.#byCallee, call.callee, call.invocation, call);
    this.#size++;
  }

  /** Takes out the call that an invocation stands for; `undefined` if its caller is gone. */
  take(callee: Session, invocation: number): PendingCall | undefined {
    const call = this.#byCallee.get(callee)?.get(invocation);
    if (call !== undefined) this.#remove(call);
    return call;
  }

  /** Forgets the calls of a caller that has left: nobody waits for their results. */
  dropCaller(caller: Session): void {
    for (const call of [...(this.#byCaller.get(caller)?.values() ?? [])]) this.#remove(call);
  }

  /** Takes out the calls that a callee has left without an answer. */
  takeCallee(callee: Session): readonly PendingCall[] {
    const calls = [...(this.#byCallee.get(callee)?.values() ?? [])];
    for (const call of calls) this.#remove(call);
    return calls;
  }

  #remove(call: PendingCall): void {
    drop(this.#byCaller, call.caller, call.request);
    drop(this.#byCallee, call.callee, call.invocation);
    this.#size--;
  }
}
