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

/** The features that WELCOME announces for the dealer. */
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

/** The dealer of a realm. */
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

  /** Adds a procedure that the router itself implements. Clients cannot register its URI. */
  provide(procedure: string, builtIn: BuiltIn): void {
    this.#builtIns.set(procedure, builtIn);
  }

  /**
   * Whether a CALL with a known request id continues a progressive call.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
   */
  continues(caller: Session, request: number): boolean {
    const { calls } = this;
    return calls.madeBy(caller, request)?.isStreaming === true || calls.endedStreams.has(caller, request);
  }

  /**
   * Handles the refusal of a CALL. If the CALL is part of a progressive call, the refusal ends the whole call. Returns
   * whether the caller receives an ERROR: a call that has ended was already answered.
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
   * Ends the calls of a session that leaves, both those that it made and those that it works on.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-callee-leaving
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-caller-leaving
   */
  leave(session: Session): void {
    const context = this.#context;
    // End all calls of the session before a freed place is given to the next call.
    const releaseAll = abandonAll(context, session);
    for (const entry of context.registrations.entriesOf(session)) {
      removeCallee(context, entry);
      if (entry.registration.callees.length === 0) refuseWaiting(context, entry.registration);
    }
    releaseAll();
    completeAll(context, session);
  }
}
