import { CallList } from './call-list.ts';
import { type CallModel, interrupt, invoke, receivesProgress, sendParts, suits } from './call-model.ts';
import type { ClientModel, Dict, Message } from './client-model.ts';
import { Deadlines } from './deadlines.ts';
import { LateCalls } from './late-calls.ts';
import type { Lots } from './lots.ts';
import {
  candidates,
  canInterrupt,
  type EndpointModel,
  passTurn,
  type RegistrationModel,
} from './registration-model.ts';

/** The calls of a realm, from CALL to RESULT or ERROR. */
export class CallsModel {
  readonly list = new CallList();
  readonly #late = new LateCalls();
  readonly #deadlines = new Deadlines();
  readonly #lots: Lots;

  constructor(lots: Lots) {
    this.#lots = lots;
  }

  begin(call: CallModel): void {
    const endpoint = this.#choose(call);
    this.list.add(call);
    if (endpoint !== undefined && !suits(call, endpoint)) {
      this.#refuse(call, 'wamp.error.feature_not_supported');
      return;
    }
    this.#deadlines.start(call);
    if (endpoint !== undefined) invoke(call, endpoint);
  }

  /** Another part of a progressive call; false for what is none. */
  continue(call: CallModel, [, , options, procedure, ...payload]: Message): boolean {
    if (!call.isStreaming || procedure !== call.procedure) return false;
    call.isStreaming = (options as Dict).progress === true;
    call.parts.push(payload);
    if (call.endpoint !== undefined) sendParts(call, call.endpoint);
    return true;
  }

  /** Whether a CALL belongs to a call that is over already. */
  isLate(caller: ClientModel, message: Message): boolean {
    return this.#late.take(caller, message);
  }

  /** Answers a CALL with ERROR; what else comes of it is late. */
  refuse(caller: ClientModel, [, request, options]: Message, error: string): void {
    caller.isRefused(48, request, error);
    if ((options as Dict).progress === true) this.#late.add({ caller, request });
  }

  cancel(caller: ClientModel, [, request, options]: Message): void {
    const { mode = 'killnowait' } = options as Dict;
    const call = this.list.madeBy(caller).find((made) => made.request === request);
    const { endpoint } = call ?? {};
    if (mode !== 'skip' && mode !== 'kill' && mode !== 'killnowait') {
      caller.isRefused(49, request, 'wamp.error.invalid_argument');
    } else if (call !== undefined) {
      if (mode === 'kill' && endpoint && canInterrupt(endpoint)) interrupt(call, endpoint, mode);
      else this.#giveUp(call, mode === 'skip', 'wamp.error.canceled');
    }
  }

  progress(call: CallModel, payload: Message): void {
    const { caller, request, endpoint, isCallerDone } = call;
    if (endpoint === undefined || isCallerDone || !receivesProgress(call)) return;
    if (Number.isFinite(call.deadline)) this.#deadlines.start(call);
    caller.receives([50, request, { progress: true }, ...payload]);
  }

  /** A final YIELD or ERROR. */
  finish(call: CallModel, answer: Message): void {
    if (!call.isCallerDone) call.caller.receives(answer);
    this.#conclude(call);
    if (call.endpoint !== undefined) this.#release(call, call.endpoint);
  }

  pass(ms: number): void {
    this.#deadlines.pass(ms, (call) => this.#giveUp(call, false, 'wamp.error.timeout'));
  }

  passWaiting(registration: RegistrationModel): void {
    for (const call of this.list.waitingFor(registration)) {
      const endpoint = this.#choose(call);
      if (endpoint === undefined) return;
      if (suits(call, endpoint)) invoke(call, endpoint);
      else this.#refuse(call, 'wamp.error.feature_not_supported');
    }
  }

  refuseWaiting(registration: RegistrationModel): void {
    for (const call of this.list.waitingFor(registration)) this.#refuse(call, 'wamp.error.canceled');
  }

  transfer(from: RegistrationModel, to: RegistrationModel): void {
    for (const call of this.list.waitingFor(from)) call.registration = to;
  }

  leave(client: ClientModel): void {
    const made = this.list.madeBy(client);
    const passed = this.list.passedTo(client);
    for (const call of made) call.isCallerDone = true;
    for (const call of passed) call.isCalleeDone = true;
    for (const call of made) if (!call.isCalleeDone) this.#abandon(call, false);
    for (const call of passed) if (!call.isCallerDone) this.#refuse(call, 'wamp.error.canceled');
  }

  #conclude(call: CallModel): void {
    if (call.isStreaming && !call.isCallerDone) this.#late.add(call);
    call.isCallerDone = true;
  }

  #refuse(call: CallModel, error: string): void {
    this.#conclude(call);
    call.caller.isRefused(48, call.request, error);
  }

  #choose(call: CallModel): EndpointModel | undefined {
    const possible = candidates(call.registration);
    if (possible.length <= 1) return this.#chosen(call, possible[0]);
    const callee = this.#lots(possible.map((endpoint) => endpoint.callee));
    // No callee was invoked: the random choice was a callee that cannot accept the call.
    const isIt = (endpoint: EndpointModel) => (callee ? endpoint.callee === callee : !suits(call, endpoint));
    return this.#chosen(call, possible.find(isIt) ?? possible[0]);
  }

  #chosen({ registration }: CallModel, endpoint: EndpointModel | undefined): EndpointModel | undefined {
    if (endpoint !== undefined) passTurn(registration, endpoint);
    return endpoint;
  }

  #giveUp(call: CallModel, isSilent: boolean, error: string): void {
    this.#conclude(call);
    this.#abandon(call, isSilent);
    this.#refuse(call, error);
  }

  /** A callee that still works, or has to answer an INTERRUPT, keeps its place occupied if its places are limited. */
  #abandon(call: CallModel, isSilent: boolean): void {
    const { endpoint, isInterrupted } = call;
    if (endpoint === undefined) return;
    if (!isInterrupted && !isSilent && canInterrupt(endpoint)) {
      interrupt(call, endpoint, 'killnowait');
      this.#release(call, endpoint);
    } else if (endpoint.concurrency === 0) this.#release(call, endpoint);
  }

  #release(call: CallModel, endpoint: EndpointModel): void {
    call.isCalleeDone = true;
    endpoint.busy--;
    this.passWaiting(endpoint.registration);
  }
}
