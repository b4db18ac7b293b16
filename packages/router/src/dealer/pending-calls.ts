import type { Session } from '../session/session.ts';
import { EndedStreams } from './ended-streams.ts';
import type { PendingCall } from './pending-call.ts';

type CallsById = Map<number, PendingCall>;

const NONE: readonly PendingCall[] = [];

// A session's map stays when it is empty: who calls once calls again.
function put(calls: Map<Session, CallsById>, session: Session, id: number, call: PendingCall): void {
  const own = calls.get(session);
  if (own === undefined) calls.set(session, new Map([[id, call]]));
  else own.set(id, call);
}

function takeAll(calls: Map<Session, CallsById>, session: Session): readonly PendingCall[] {
  const own = calls.get(session);
  if (own === undefined) return NONE;
  calls.delete(session);
  return [...own.values()];
}

/**
 * The pending calls of a realm, from both sides. Usually they leave both at once; a call that its caller has given up
 * may stay with its callee, whom it keeps busy.
 */
export class PendingCalls {
  readonly #byCaller = new Map<Session, CallsById>();
  readonly #byCallee = new Map<Session, CallsById>();
  readonly endedStreams = new EndedStreams();
  #size = 0;

  /** Calls whose callers wait. */
  get size(): number {
    return this.#size;
  }

  countOf(caller: Session): number {
    return this.#byCaller.get(caller)?.size ?? 0;
  }

  madeBy(caller: Session, request: number): PendingCall | undefined {
    return this.#byCaller.get(caller)?.get(request);
  }

  passedTo(callee: Session, invocation: number): PendingCall | undefined {
    return this.#byCallee.get(callee)?.get(invocation);
  }

  add(call: PendingCall): void {
    put(this.#byCaller, call.caller, call.request, call);
    this.#size++;
  }

  pass(call: PendingCall, callee: Session): void {
    put(this.#byCallee, callee, call.invocation, call);
  }

  /** The caller's part is over. */
  conclude(call: PendingCall): void {
    if (call.isOver) return;
    call.isOver = true;
    this.#size--;
    this.#byCaller.get(call.caller)?.delete(call.request);
    call.stopTimer();
    if (call.isStreaming) this.endedStreams.add(call.caller, call.request);
  }

  /** The callee's part is over. */
  settle(call: PendingCall): void {
    if (call.endpoint !== undefined) this.#byCallee.get(call.endpoint.callee)?.delete(call.invocation);
  }

  /** Concludes the calls of a caller that has left. */
  concludeAll(caller: Session): readonly PendingCall[] {
    const calls = takeAll(this.#byCaller, caller);
    for (const call of calls) this.conclude(call);
    this.endedStreams.forget(caller);
    return calls;
  }

  /** Settles the invocations that a callee has left without an answer. */
  settleAll(callee: Session): readonly PendingCall[] {
    return takeAll(this.#byCallee, callee);
  }
}
