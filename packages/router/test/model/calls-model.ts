import { type CallModel, interrupt, invoke, receivesProgress, sendParts, suits, timeoutOf } from './call-model.ts';
import type { ClientModel, Dict, Message } from './client-model.ts';
import type { Lots } from './lots.ts';
import { candidates, type EndpointModel, passTurn, type RegistrationModel } from './registration-model.ts';

/** The calls of a realm, from CALL to RESULT or ERROR. */
export class CallsModel {
  #calls: CallModel[] = [];
  /** The same, in the order in which their time began. */
  #timed: CallModel[] = [];
  /** Progressive calls that were over before their callers had sent everything. */
  #late: { readonly caller: ClientModel; readonly request: unknown }[] = [];
  #now = 0;
  readonly #lots: Lots;

  constructor(lots: Lots) {
    this.#lots = lots;
  }

  /** How many callers wait. */
  get size(): number {
    return this.#calls.filter(({ isCallerDone }) => !isCallerDone).length;
  }

  madeBy(caller: ClientModel, request: unknown): CallModel | undefined {
    return this.pendingOf(caller).find((call) => call.request === request);
  }

  /** The calls whose results a caller waits for. */
  pendingOf(caller: ClientModel): readonly CallModel[] {
    return this.#calls.filter((call) => call.caller === caller && !call.isCallerDone);
  }

  /** The invocations that a callee has not answered. */
  passedTo(callee: ClientModel): readonly CallModel[] {
    return this.#calls.filter(({ endpoint, isCalleeDone }) => endpoint?.callee === callee && !isCalleeDone);
  }

  begin(call: CallModel): void {
    const endpoint = this.#choose(call);
    this.#calls.push(call);
    if (endpoint !== undefined && !suits(call, endpoint)) {
      this.#refuse(call, 'wamp.error.feature_not_supported');
      return;
    }
    this.#startTime(call);
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

  /** Whether a CALL belongs to a call that is over already: the last part of it is the end of that. */
  isLate(caller: ClientModel, [, request, options]: Message): boolean {
    const late = this.#late.find((stream) => stream.caller === caller && stream.request === request);
    if ((options as Dict).progress !== true) this.#late = this.#late.filter((other) => other !== late);
    return late !== undefined;
  }

  /** Answers a CALL with ERROR; what else comes of it is late. */
  refuse(caller: ClientModel, [, request, options]: Message, error: string): void {
    caller.isRefused(48, request, error);
    if ((options as Dict).progress === true) this.#late.push({ caller, request });
  }

  cancel(caller: ClientModel, [, request, options]: Message): void {
    const { mode = 'killnowait' } = options as Dict;
    const call = this.madeBy(caller, request);
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
    if (endpoint === undefined || isCallerDone || !receivesProgress(call, endpoint)) return;
    if (Number.isFinite(call.deadline)) this.#startTime(call);
    caller.receives([50, request, { progress: true }, ...payload]);
  }

  /** A final YIELD or ERROR. */
  finish(call: CallModel, answer: Message): void {
    if (!call.isCallerDone) call.caller.receives(answer);
    this.#conclude(call);
    if (call.endpoint !== undefined) this.#release(call, call.endpoint);
  }

  /** Lets `ms` milliseconds pass. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (let call = this.#dueUntil(end); call !== undefined; call = this.#dueUntil(end)) {
      this.#now = call.deadline;
      this.#giveUp(call, false, 'wamp.error.timeout');
    }
    this.#now = end;
  }

  passWaiting(registration: RegistrationModel): void {
    for (const call of this.#waitingFor(registration)) {
      const endpoint = this.#choose(call);
      if (endpoint === undefined) return;
      if (suits(call, endpoint)) invoke(call, endpoint);
      else this.#refuse(call, 'wamp.error.feature_not_supported');
    }
  }

  refuseWaiting(registration: RegistrationModel): void {
    for (const call of this.#waitingFor(registration)) this.#refuse(call, 'wamp.error.canceled');
  }

  transfer(from: RegistrationModel, to: RegistrationModel): void {
    for (const call of this.#waitingFor(from)) call.registration = to;
  }

  leave(client: ClientModel): void {
    const made = this.#calls.filter(({ caller, isCallerDone }) => caller === client && !isCallerDone);
    const passed = this.passedTo(client);
    for (const call of made) call.isCallerDone = true;
    for (const call of passed) call.isCalleeDone = true;
    for (const call of made) if (!call.isCalleeDone) this.#abandon(call, false);
    for (const call of passed) if (!call.isCallerDone) this.#refuse(call, 'wamp.error.canceled');
  }

  #conclude(call: CallModel): void {
    if (call.isStreaming && !call.isCallerDone) this.#late.push(call);
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
    // Nobody has been sent anything: then the lot fell on one who cannot take the call.
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

  /** Who works on without knowing, or has to answer an INTERRUPT, keeps its place taken if its places are limited. */
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

  #startTime(call: CallModel): void {
    if (timeoutOf(call) === 0) return;
    call.deadline = this.#now + timeoutOf(call);
    this.#timed = [...this.#timed.filter((other) => other !== call), call];
  }

  #dueUntil(end: number): CallModel | undefined {
    const due = this.#timed.filter(({ deadline, isCallerDone }) => !isCallerDone && deadline <= end);
    return due.sort((one, other) => one.deadline - other.deadline)[0];
  }

  #waitingFor(registration: RegistrationModel): readonly CallModel[] {
    return this.#calls.filter((call) => !call.isCallerDone && !call.endpoint && call.registration === registration);
  }
}

/** Only a callee that has announced it is interrupted. */
function canInterrupt({ callee }: EndpointModel): boolean {
  return callee.features.has('callee.call_canceling');
}
