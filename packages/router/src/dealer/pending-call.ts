import type { Dict, RequestHead } from '@pgwamp/protocol';
import { EMPTY_DICT } from '@pgwamp/protocol';
import { passthruAttributes } from '../realm/payload-passthru.ts';
import type { Session } from '../session/session.ts';
import type { Endpoint } from './endpoint.ts';
import { type Forwarded, forwardForOption } from './forward-for.ts';
import type { Registration } from './registration.ts';

/** A call on its way: waiting for a callee or invoked, and not yet answered. */
export class PendingCall {
  readonly caller: Session;
  /** The caller's CALL.Request. */
  readonly request: number;
  readonly procedure: string;
  /** Whether the callee is told who calls. */
  readonly discloses: boolean;
  readonly registration: Registration;
  /** In milliseconds, 0 for none. */
  readonly timeout: number;
  /** Whether the caller has asked for progressive results. */
  readonly asksForProgress: boolean;
  /** Whether it began as one of several CALL messages. */
  readonly isProgressive: boolean;
  /** What the caller says of a payload that is for the callee alone. */
  passthru: Dict;
  /** For whom the caller says that it calls. */
  forwardFor: readonly Forwarded[] | undefined;
  timer: NodeJS.Timeout | undefined = undefined;
  /** None as long as the call waits. */
  endpoint: Endpoint | undefined = undefined;
  /** The router's INVOCATION.Request towards the callee. */
  invocation = 0;
  /** INVOCATION.Details but for `progress`, kept if there are invocations to follow. */
  details: Dict = EMPTY_DICT;
  receivesProgress = false;
  /** Whether more CALL messages of this request are to come. */
  isStreaming: boolean;
  isInterrupted = false;
  /** Whether the caller has its answer or has left: nothing more is sent to it. */
  isOver = false;

  /** @throws RequestError if an option has the wrong form. */
  constructor(caller: Session, head: RequestHead, registration: Registration, discloses: boolean, timeout: number) {
    const [, request, options, procedure] = head;
    this.caller = caller;
    this.request = request;
    // Nothing of the message itself is kept: it may be large, and the call may take long.
    this.procedure = registration.match === 'exact' ? registration.procedure : procedure;
    this.registration = registration;
    this.discloses = discloses || options.disclose_me === true;
    this.timeout = timeout;
    this.asksForProgress = options.receive_progress === true;
    this.isProgressive = options.progress === true;
    this.isStreaming = this.isProgressive;
    this.passthru = passthruAttributes(options);
    this.forwardFor = forwardForOption(options.forward_for);
  }

  stopTimer(): void {
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
