import { EMPTY_DICT, ProtocolViolation } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import type { PendingCall } from './pending-call.ts';
import type { CalleeEntry } from './registration.ts';

type CallsById = Map<number, PendingCall>;

const NONE: readonly PendingCall[] = [];

// The map of a session is kept when it is empty: a session that calls once usually calls again.
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

// A caller that knows of the end sends no last part, so its request id would be kept forever.
const MAX_ENDED_STREAMS = 1024;

/**
 * Progressive calls that ended before their callers sent the last part. Parts that arrive later must not start a new
 * call.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
 */
class EndedStreams {
  readonly #byCaller = new Map<Session, Set<number>>();

  add(caller: Session, request: number): void {
    const own = this.#byCaller.get(caller) ?? new Set();
    if (own.size === 0) this.#byCaller.set(caller, own);
    own.add(request);
    if (own.size <= MAX_ENDED_STREAMS) return;
    for (const oldest of own) {
      own.delete(oldest);
      return;
    }
  }

  has(caller: Session, request: number): boolean {
    return this.#byCaller.size > 0 && (this.#byCaller.get(caller)?.has(request) ?? false);
  }

  /** Whether a CALL belongs to an ended progressive call. The last part removes the entry. */
  drops(caller: Session, request: number, isLast: boolean): boolean {
    if (!this.has(caller, request)) return false;
    if (isLast) this.delete(caller, request);
    return true;
  }

  delete(caller: Session, request: number): void {
    this.#byCaller.get(caller)?.delete(request);
  }

  forget(caller: Session): void {
    this.#byCaller.delete(caller);
  }
}

/** The pending calls of a realm, by caller and by callee. Each transition has its own method. */
export class PendingCalls {
  readonly endedStreams = new EndedStreams();
  /** Calls whose callers wait. */
  readonly #byCaller = new Map<Session, CallsById>();
  /** Calls that a callee works on. */
  readonly #byCallee = new Map<Session, CallsById>();
  #size = 0;
  #streamBytes = 0;

  /** The size of the data kept for further parts of all progressive calls. */
  get streamBytes(): number {
    return this.#streamBytes;
  }

  /** The number of calls whose callers wait. */
  get size(): number {
    return this.#size;
  }

  countOf(caller: Session): number {
    return this.#byCaller.get(caller)?.size ?? 0;
  }

  madeBy(caller: Session, request: number): PendingCall | undefined {
    return this.#byCaller.get(caller)?.get(request);
  }

  /**
   * The call that a callee answers; `undefined` if the call has ended in the meantime, which the callee cannot know.
   *
   * @throws ProtocolViolation for an invocation that the callee was never sent
   * @see https://wamp-proto.org/wamp_latest_ietf.html#protocol_errors
   */
  answeredBy(callee: Session, invocation: number): PendingCall | undefined {
    const call = this.#byCallee.get(callee)?.get(invocation);
    if (call === undefined && invocation > callee.requests.last) {
      throw new ProtocolViolation(`there was no INVOCATION with request ${invocation}`);
    }
    return call;
  }

  /** Adds a new call. */
  add(call: PendingCall): void {
    put(this.#byCaller, call.caller, call.request, call);
    this.#size++;
    this.#streamBytes += call.streamBytes;
  }

  invoke(call: PendingCall, entry: CalleeEntry): void {
    call.move('invoke');
    call.entry = entry;
    call.invocation = entry.callee.requests.next();
    if (entry.isLimited) entry.busy++;
    put(this.#byCallee, entry.callee, call.invocation, call);
  }

  interrupt(call: PendingCall): void {
    call.move('interrupt');
  }

  complete(call: PendingCall): void {
    if (call.isOpen) this.#leaveCaller(call);
    call.move('complete');
    this.#leaveCallee(call);
  }

  abandon(call: PendingCall): void {
    call.move('abandon');
    this.#leaveCaller(call);
  }

  release(call: PendingCall): void {
    call.move('release');
    this.#leaveCallee(call);
  }

  /** Removes and returns the calls of a caller that leaves. The caller of this method abandons each of them. */
  takeMadeBy(caller: Session): readonly PendingCall[] {
    return takeAll(this.#byCaller, caller);
  }

  /** Completes the calls of a callee that leaves; returns those whose callers wait. */
  completeAll(callee: Session): readonly PendingCall[] {
    const calls = takeAll(this.#byCallee, callee);
    const open = calls.filter(({ isOpen }) => isOpen);
    for (const call of calls) this.complete(call);
    return open;
  }

  #leaveCaller(call: PendingCall): void {
    this.#size--;
    this.#streamBytes -= call.streamBytes;
    call.details = EMPTY_DICT;
    this.#byCaller.get(call.caller)?.delete(call.request);
    if (call.timer !== undefined) call.stopTimer();
    if (call.isStreaming) this.endedStreams.add(call.caller, call.request);
  }

  #leaveCallee({ entry, invocation }: PendingCall): void {
    if (entry !== undefined) this.#byCallee.get(entry.callee)?.delete(invocation);
  }
}
