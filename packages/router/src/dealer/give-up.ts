import { MessageType } from '@pgwamp/protocol';
import type { DealerContext } from './context.ts';
import type { Endpoint } from './endpoint.ts';
import { passWaiting } from './pass-waiting.ts';
import type { PendingCall } from './pending-call.ts';

/**
 * How a call is ended before its callee has answered: `skip` behind the callee's back, `kill` and `killnowait` by an
 * INTERRUPT, after which the caller waits for the callee's answer or does not.
 */
export type CancelMode = 'skip' | 'kill' | 'killnowait';

const OPTIONS = { kill: Object.freeze({ mode: 'kill' }), killnowait: Object.freeze({ mode: 'killnowait' }) };

/** A callee that has not announced call canceling must not be sent an INTERRUPT: some end their sessions over it. */
export function canInterrupt(endpoint: Endpoint): boolean {
  return endpoint.callee.features.has('callee', 'call_canceling');
}

export function interrupt(call: PendingCall, endpoint: Endpoint, mode: 'kill' | 'killnowait'): void {
  if (call.isInterrupted) return;
  call.isInterrupted = true;
  endpoint.callee.send([MessageType.INTERRUPT, call.invocation, OPTIONS[mode]]);
}

/** A place of the callee is free again; if calls wait for it, the next one is passed on. */
export function release(context: DealerContext, endpoint: Endpoint): void {
  if (!endpoint.isLimited) return;
  endpoint.vacate();
  passWaiting(context, endpoint.registration);
}

/**
 * Ends the callee's part of a call whose caller does not wait any more. A callee that works on unaware, or is to
 * answer an INTERRUPT, keeps its place taken until it answers, if its places are limited.
 */
export function abandon(context: DealerContext, call: PendingCall, mode: 'skip' | 'killnowait'): void {
  const { endpoint, registration } = call;
  if (endpoint === undefined) {
    registration.waiting.delete(call);
  } else if (mode === 'killnowait' && !call.isInterrupted && canInterrupt(endpoint)) {
    context.calls.settle(call);
    interrupt(call, endpoint, 'killnowait');
    release(context, endpoint);
  } else if (!endpoint.isLimited) {
    context.calls.settle(call);
  }
}

/** Ends a call before its callee has answered; the caller is to be told by whoever ends it. */
export function giveUp(context: DealerContext, call: PendingCall, mode: 'skip' | 'killnowait'): void {
  context.calls.conclude(call);
  abandon(context, call, mode);
}
