import type { Dict, RequestHead } from '@pgwamp/protocol';
import { EMPTY_DICT, toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import { keptPassthruAttributes } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import { type Forwarded, forwardForOption } from './forward-for.ts';
import type { CalleeEntry, Registration } from './registration.ts';

/**
 * The state of a call.
 *
 * - `waiting`: no callee is free; its caller waits.
 * - `invoked`: a callee works on it; its caller waits.
 * - `interrupted`: the callee was sent INTERRUPT and has not answered; its caller waits for that answer.
 * - `abandoned`: its caller has an answer or has left; the callee still works on it and occupies its place until it
 *   answers.
 * - `over`: neither the caller waits nor the callee works.
 */
export type CallState = 'waiting' | 'invoked' | 'interrupted' | 'abandoned' | 'over';

/**
 * The transitions of a call.
 *
 * | transition  | when                                                | to the caller     | to the callee          |
 * | ----------- | --------------------------------------------------- | ----------------- | ---------------------- |
 * | `invoke`    | CALL; a callee has room again                       |                   | INVOCATION             |
 * | `interrupt` | CANCEL of mode kill                                 |                   | INTERRUPT (kill)       |
 * | `complete`  | YIELD, ERROR; the callee left                       | RESULT or ERROR   |                        |
 * | `abandon`   | CANCEL of mode skip or killnowait; timeout; refusal | ERROR             |                        |
 * |             | the caller left                                     |                   |                        |
 * | `release`   | behind `abandon`: the callee was interrupted, or    |                   | INTERRUPT (killnowait) |
 * |             | the number of its invocations is not limited        |                   |                        |
 */
export type CallTransition = 'invoke' | 'interrupt' | 'complete' | 'abandon' | 'release';

/**
 * The state after each transition. A transition that is missing cannot happen.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-canceling
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-timeout
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-caller-leaving
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-callee-leaving
 */
export const CALL_TRANSITIONS: Readonly<Record<CallState, Readonly<Partial<Record<CallTransition, CallState>>>>> = {
  waiting: { invoke: 'invoked', abandon: 'over' },
  invoked: { interrupt: 'interrupted', complete: 'over', abandon: 'abandoned' },
  interrupted: { complete: 'over', abandon: 'abandoned' },
  abandoned: { complete: 'over', release: 'over' },
  over: {},
};

/**
 * The option `timeout` of CALL, in milliseconds; 0 means no timeout.
 *
 * @throws RequestError `wamp.error.invalid_argument`
 */
function timeoutOption(timeout: unknown): number {
  if (Number.isInteger(timeout) && (timeout as number) >= 0) return timeout as number;
  const words = `timeout: expected milliseconds, an integer from 0 on, found ${toText(timeout)}`;
  throw new RequestError(Uri.INVALID_ARGUMENT, words);
}

/** A call, from CALL until both caller and callee have finished. */
export class PendingCall {
  readonly caller: Session;
  /** CALL.Request of the caller. */
  readonly request: number;
  readonly procedure: string;
  /** Changes if another callee takes over the procedure while the call waits. */
  registration: Registration;
  /** Whether INVOCATION contains the identity of the caller. */
  readonly discloses: boolean;
  /** In milliseconds; 0 means no timeout. */
  readonly timeout: number;
  /** Whether the caller asked for progressive results. */
  readonly receivesProgress: boolean;
  /** Whether the call started with a progressive CALL message. */
  readonly isProgressive: boolean;
  /** Whether more CALL messages of this request are expected. */
  isStreaming: boolean;
  /** The approximate size of the data kept for further parts of a progressive call, until the caller has an answer. */
  readonly streamBytes: number;
  /** The attributes of a payload in passthru mode. */
  passthru: Dict;
  /** The clients that the caller forwards the call for, as it claims. */
  forwardFor: readonly Forwarded[] | undefined;
  state: CallState = 'waiting';
  timer: NodeJS.Timeout | undefined = undefined;
  /** The callee that works on the call. */
  entry: CalleeEntry | undefined = undefined;
  /** The request id of INVOCATION. */
  invocation = 0;
  /** INVOCATION.Details without `progress`, kept if more invocations follow. */
  details: Dict = EMPTY_DICT;

  /** @throws RequestError if an option is malformed */
  constructor(caller: Session, head: RequestHead, registration: Registration, discloses: boolean) {
    const [, request, options, procedure] = head;
    this.caller = caller;
    this.request = request;
    // The URI string of the registration: the string of the message would keep the whole message in memory.
    this.procedure = registration.match === 'exact' ? registration.procedure : procedure;
    this.registration = registration;
    this.discloses = discloses || options.disclose_me === true;
    this.timeout = options.timeout === undefined ? 0 : timeoutOption(options.timeout);
    this.receivesProgress = options.receive_progress === true;
    this.isProgressive = options.progress === true;
    this.isStreaming = this.isProgressive;
    this.passthru = options.ppt_scheme === undefined ? EMPTY_DICT : keptPassthruAttributes(options);
    this.forwardFor = options.forward_for === undefined ? undefined : forwardForOption(options.forward_for);
    this.streamBytes = this.isStreaming ? this.bytes : 0;
  }

  /** The approximate size of a waiting call, without its payload. */
  get bytes(): number {
    const { procedure, passthru, forwardFor } = this;
    const isPlain = passthru === EMPTY_DICT && forwardFor === undefined;
    return procedure.length + (isPlain ? 0 : JSON.stringify([passthru, forwardFor]).length);
  }

  /** Whether the caller waits for an answer. */
  get isOpen(): boolean {
    return this.state !== 'abandoned' && this.state !== 'over';
  }

  stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** @throws Error if {@link CALL_TRANSITIONS} does not have the transition */
  move(transition: CallTransition): void {
    const next = CALL_TRANSITIONS[this.state][transition];
    if (next === undefined) throw new Error(`a call that is ${this.state} cannot ${transition}`);
    this.state = next;
  }
}
