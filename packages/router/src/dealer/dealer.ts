import type { Dict } from '@pgwamp/protocol';
import { MessageType } from '@pgwamp/protocol';
import type { Handlers, RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { BuiltIn } from './built-in.ts';
import type { DealerContext } from './context.ts';
import { call } from './handlers/call.ts';
import { cancel } from './handlers/cancel.ts';
import { invocationError } from './handlers/invocation-error.ts';
import { register } from './handlers/register.ts';
import { removeCallee, unregister } from './handlers/unregister.ts';
import { yieldResult } from './handlers/yield.ts';
import { PendingCalls } from './pending-calls.ts';
import { RegistrationTable } from './registration-table.ts';
import { abandon, abandonAll, completeAll, refuseWaiting } from './transitions.ts';
import { WaitingCalls } from './waiting-calls.ts';

/** What WELCOME announces for the dealer. */
export const DEALER_FEATURES = Object.freeze({
  progressive_call_results: true,
  progressive_call_invocations: true,
  call_canceling: true,
  call_timeout: true,
  caller_identification: true,
  pattern_based_registration: true,
  shared_registration: true,
  registration_revocation: true,
  payload_passthru_mode: true,
  session_meta_api: true,
  registration_meta_api: true,
  testament_meta_api: true,
});

/** The role dealer of a realm. */
export class Dealer {
  readonly handlers: Handlers;
  readonly registrations = new RegistrationTable();
  readonly calls = new PendingCalls();
  readonly waiting = new WaitingCalls();
  readonly #context: DealerContext;
  readonly #builtIns = new Map<string, BuiltIn>();

  constructor(realm: RealmContext) {
    const { registrations, calls, waiting } = this;
    const context: DealerContext = { ...realm, registrations, calls, waiting, builtIns: this.#builtIns };
    this.#context = context;
    this.handlers = [
      [MessageType.CALL, call(context)],
      [MessageType.CANCEL, cancel(context)],
      [MessageType.YIELD, yieldResult(context)],
      [MessageType.ERROR, invocationError(context)],
      [MessageType.REGISTER, register(context)],
      [MessageType.UNREGISTER, unregister(context)],
    ];
  }

  /** Implements a procedure in the router itself. Its URI is one that clients cannot register. */
  provide(procedure: string, builtIn: BuiltIn): void {
    this.#builtIns.set(procedure, builtIn);
  }

  /**
   * Whether a CALL with a number that was used before belongs to a progressive call.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
   */
  continues(caller: Session, request: number): boolean {
    const { calls } = this;
    return calls.madeBy(caller, request)?.isStreaming === true || calls.endedStreams.has(caller, request);
  }

  /**
   * A CALL is refused, which ends a progressive call, whichever part of it is refused. Whether the caller is to be told: a
   * call that was over has been answered.
   */
  refused(caller: Session, request: number, { progress }: Dict): boolean {
    const { endedStreams } = this.calls;
    const isLast = progress !== true;
    if (endedStreams.drops(caller, request, isLast)) return false;
    const pending = this.calls.madeBy(caller, request);
    if (pending !== undefined) abandon(this.#context, pending, 'killnowait');
    if (isLast) endedStreams.delete(caller, request);
    else endedStreams.add(caller, request);
    return true;
  }

  /**
   * Ends what a session leaves behind: calls that nobody waits for any more, and callers that nobody answers.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-callee-leaving
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-caller-leaving
   */
  leave(session: Session): void {
    const context = this.#context;
    // All calls of the session are over before a place that becomes free is given to the next call.
    const releaseAll = abandonAll(context, session);
    for (const entry of context.registrations.entriesOf(session)) {
      removeCallee(context, entry);
      if (entry.registration.callees.length === 0) refuseWaiting(context, entry.registration);
    }
    releaseAll();
    completeAll(context, session);
  }
}
