import { MessageType } from '../protocol/message-type.ts';
import type { Handlers } from '../realm/handler.ts';
import type { RealmContext } from '../realm/realm.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
import type { BuiltIn } from './built-in.ts';
import { call } from './call.ts';
import { invocationError } from './invocation-error.ts';
import { PendingCalls } from './pending-calls.ts';
import { register } from './register.ts';
import { RegistrationTable } from './registration-table.ts';
import { unregister } from './unregister.ts';
import { yieldResult } from './yield.ts';

/** What the dealer's handlers work on. */
export interface DealerContext extends RealmContext {
  readonly registrations: RegistrationTable;
  readonly calls: PendingCalls;
  readonly builtIns: ReadonlyMap<string, BuiltIn>;
}

/** The role dealer of a realm. */
export class Dealer {
  readonly handlers: Handlers;
  readonly registrations = new RegistrationTable();
  readonly calls = new PendingCalls();
  readonly #builtIns = new Map<string, BuiltIn>();

  constructor(realm: RealmContext) {
    const { registrations, calls } = this;
    const context: DealerContext = { ...realm, registrations, calls, builtIns: this.#builtIns };
    this.handlers = [
      [MessageType.CALL, call(context)],
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
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-callee-leaving
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-caller-leaving
   */
  leave(session: Session): void {
    this.registrations.removeAll(session);
    this.calls.dropCaller(session);
    for (const { caller, request } of this.calls.takeCallee(session)) {
      caller.refuse(MessageType.CALL, request, Uri.CANCELED, 'the callee left before it answered');
    }
  }
}
