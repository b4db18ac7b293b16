import type { Dict } from '@pgwamp/protocol';
import { MessageType } from '@pgwamp/protocol';
import type { Handlers, RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { BuiltIn } from './built-in.ts';
import { call } from './call.ts';
import { cancel } from './cancel.ts';
import type { DealerContext } from './context.ts';
import { isLate } from './continue-call.ts';
import { giveUp } from './give-up.ts';
import { invocationError } from './invocation-error.ts';
import { leave } from './leave.ts';
import { PendingCalls } from './pending-calls.ts';
import { register } from './register.ts';
import { RegistrationTable } from './registration-table.ts';
import { unregister } from './unregister.ts';
import { yieldResult } from './yield.ts';

/** The role dealer of a realm. */
export class Dealer {
  readonly handlers: Handlers;
  readonly registrations = new RegistrationTable();
  readonly calls = new PendingCalls();
  readonly #context: DealerContext;
  readonly #builtIns = new Map<string, BuiltIn>();

  constructor(realm: RealmContext) {
    const { registrations, calls } = this;
    const context: DealerContext = { ...realm, registrations, calls, builtIns: this.#builtIns };
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

  /** Implements a procedure by the router itself; its URI is one that clients cannot register. */
  provide(procedure: string, builtIn: BuiltIn): void {
    this.#builtIns.set(procedure, builtIn);
  }

  /**
   * Whether a CALL that bears a number used before belongs to a call that goes on, or went on until now.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
   */
  continues(caller: Session, request: number): boolean {
    const { calls } = this;
    return calls.madeBy(caller, request)?.isStreaming === true || calls.endedStreams.has(caller, request);
  }

  /**
   * A CALL is refused: of a progressive call that is the end, whichever part of it was refused. Whether the caller is to
   * be told: a call that was over has been answered.
   */
  refused(caller: Session, request: number, options: Dict): boolean {
    if (isLate(this.#context, caller, request, options)) return false;
    const call = this.calls.madeBy(caller, request);
    if (call !== undefined) giveUp(this.#context, call, 'killnowait');
    if (options.progress === true) this.calls.endedStreams.add(caller, request);
    else this.calls.endedStreams.delete(caller, request);
    return true;
  }

  leave(session: Session): void {
    leave(this.#context, session);
  }
}
