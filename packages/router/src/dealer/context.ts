import type { RealmContext } from '../realm/context.ts';
import type { BuiltIn } from './built-in.ts';
import type { PendingCalls } from './pending-calls.ts';
import type { RegistrationTable } from './registration-table.ts';
import type { WaitingCalls } from './waiting-calls.ts';

/** The state that the handlers of the dealer share. */
export interface DealerContext extends RealmContext {
  readonly registrations: RegistrationTable;
  readonly calls: PendingCalls;
  /** Calls that wait until a callee has room. */
  readonly waiting: WaitingCalls;
  /** The procedures of the router itself, by URI. */
  readonly builtIns: ReadonlyMap<string, BuiltIn>;
}
