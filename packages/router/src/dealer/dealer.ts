import { MessageType } from '../protocol/message-type.ts';
import type { Handlers } from '../realm/handler.ts';
import type { RealmContext } from '../realm/realm.ts';
import type { Session } from '../session/session.ts';
import { Uri } from '../uris.ts';
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
}

/** The role dealer of a realm. */
export class Dealer {
  readonly handlers: Handlers;
  readonly registrations = new RegistrationTable();
  readonly calls = new PendingCalls();

  constructor(realm: RealmContext) {
    const context: DealerContext = { ...realm, registrations: this.registrations, calls: this.calls };
    this.handlers = [
      [MessageType.CALL, call(context)],
      [MessageType.YIELD, yieldResult(context)],
      [MessageType.ERROR, invocationError(context)],
      [MessageType.REGISTER, register(context)],
      [MessageType.UNREGISTER, unregister(context)],
    ];
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
