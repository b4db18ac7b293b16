import type { CallModel } from './call-model.ts';
import type { ClientModel } from './client-model.ts';
import type { RegistrationModel } from './registration-model.ts';

/** The calls of a realm, in the order in which they came. */
export class CallList {
  readonly #calls: CallModel[] = [];

  add(call: CallModel): void {
    this.#calls.push(call);
  }

  /** The number of waiting callers. */
  get size(): number {
    return this.#calls.filter(({ isCallerDone }) => !isCallerDone).length;
  }

  /** The calls whose results a caller waits for. */
  madeBy(caller: ClientModel): readonly CallModel[] {
    return this.#calls.filter((call) => call.caller === caller && !call.isCallerDone);
  }

  /** The invocations that a callee has not answered. */
  passedTo(callee: ClientModel): readonly CallModel[] {
    return this.#calls.filter(({ endpoint, isCalleeDone }) => endpoint?.callee === callee && !isCalleeDone);
  }

  /** Calls that no callee has had room for. */
  waitingFor(registration: RegistrationModel): readonly CallModel[] {
    return this.#calls.filter((call) => !call.isCallerDone && !call.endpoint && call.registration === registration);
  }
}
