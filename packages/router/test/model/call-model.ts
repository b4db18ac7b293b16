import type { ClientModel, Dict, Message } from './client-model.ts';
import type { EndpointModel, RegistrationModel } from './registration-model.ts';

/** A call, from CALL until both caller and callee are done with it. */
export interface CallModel {
  readonly caller: ClientModel;
  readonly request: unknown;
  readonly options: Dict;
  readonly procedure: string;
  registration: RegistrationModel;
  /** None as long as the call waits for a callee with room. */
  endpoint: EndpointModel | undefined;
  invocation: number;
  /** Payloads that have not been passed on. */
  parts: Message[];
  /** Whether more CALL messages belong to it. */
  isStreaming: boolean;
  isInterrupted: boolean;
  deadline: number;
  isCallerDone: boolean;
  isCalleeDone: boolean;
}

export function newCall(caller: ClientModel, message: Message, registration: RegistrationModel): CallModel {
  const [, request, options, procedure, ...payload] = message as [number, unknown, Dict, string, ...unknown[]];
  return {
    caller,
    request,
    options,
    procedure,
    registration,
    endpoint: undefined,
    invocation: 0,
    parts: [payload],
    isStreaming: options.progress === true,
    isInterrupted: false,
    deadline: Number.POSITIVE_INFINITY,
    isCallerDone: false,
    isCalleeDone: false,
  };
}

/** Whether a value can be a timeout: milliseconds, 0 for none. */
export function isTimeout(value: unknown): boolean {
  return value === undefined || (Number.isInteger(value) && (value as number) >= 0);
}

export function timeoutOf({ options }: CallModel): number {
  return (options.timeout as number | undefined) ?? 0;
}

export function receivesProgress({ options }: CallModel): boolean {
  return options.receive_progress === true;
}

/** Whether the callee has announced what a progressive invocation takes. */
export function suits({ options }: CallModel, { callee }: EndpointModel): boolean {
  if (options.progress !== true) return true;
  const needed = ['callee.progressive_call_invocations', 'callee.call_canceling'];
  return needed.every((feature) => callee.features.has(feature));
}

/** INVOCATION.Details, but for `progress`. */
function detailsOf(call: CallModel, endpoint: EndpointModel): Dict {
  const { caller, options, procedure } = call;
  const { session, authid, authrole } = caller;
  const timeout = timeoutOf(call);
  const discloses = options.disclose_me === true || endpoint.disclosesCaller;
  return {
    ...(discloses ? { caller: session, caller_authid: authid, caller_authrole: authrole } : {}),
    ...(endpoint.registration.match === 'exact' ? {} : { procedure }),
    ...(timeout > 0 && endpoint.forwardsTimeout ? { timeout } : {}),
    ...(receivesProgress(call) ? { receive_progress: true } : {}),
  };
}

/** INVOCATION for every part of the call that the callee has not got yet. */
export function sendParts(call: CallModel, endpoint: EndpointModel): void {
  const details = detailsOf(call, endpoint);
  for (const [index, payload] of call.parts.entries()) {
    const continues = call.isStreaming || index < call.parts.length - 1;
    const extended = continues ? { ...details, progress: true } : details;
    endpoint.callee.receives([68, call.invocation, endpoint.registration.id, extended, ...payload]);
  }
  call.parts = [];
}

export function invoke(call: CallModel, endpoint: EndpointModel): void {
  const { callee } = endpoint;
  callee.lastInvocation++;
  endpoint.busy++;
  call.endpoint = endpoint;
  call.invocation = callee.lastInvocation;
  if (endpoint.forwardsTimeout) call.deadline = Number.POSITIVE_INFINITY;
  sendParts(call, endpoint);
}

/** INTERRUPT, of which there is one at most. */
export function interrupt(call: CallModel, endpoint: EndpointModel, mode: string): void {
  if (!call.isInterrupted) endpoint.callee.receives([69, call.invocation, { mode }]);
  call.isInterrupted = true;
}
