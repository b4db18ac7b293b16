import type { HeadElement, Payload } from '@pgwamp/protocol';
import { EMPTY_DICT, MessageType, Uri, ValuesPayload } from '@pgwamp/protocol';
import type { Session } from '../session/session.ts';
import type { DealerContext } from './context.ts';
import { invocationDetails, missingFeature } from './invocation.ts';
import type { PendingCall } from './pending-call.ts';
import type { CalleeEntry, Registration } from './registration.ts';
import type { WaitingCall } from './waiting-calls.ts';

// The messages sent at the transitions of pending-call.ts. Each function changes the state before it sends, because
// sending may end the session of the receiver and, with it, other calls.

const INTERRUPT_OPTIONS = { kill: Object.freeze({ mode: 'kill' }), killnowait: Object.freeze({ mode: 'killnowait' }) };

/**
 * A callee that did not announce call canceling must not receive INTERRUPT: some callees end their sessions because of
 * it.
 */
function canInterrupt({ callee }: CalleeEntry): boolean {
  return callee.features.has('callee', 'call_canceling');
}

/** `invoke`: passes a call on to a callee. `continues` is true if more parts follow. */
export function invoke(
  context: DealerContext,
  call: PendingCall,
  entry: CalleeEntry,
  payload: Payload,
  continues: boolean,
): void {
  const { calls, counters } = context;
  calls.invoke(call, entry);
  counters.calls++;
  if (call.timer !== undefined && entry.options.forwardsTimeout) call.stopTimer();
  const details = invocationDetails(call, entry);
  if (continues) call.details = details;
  call.passthru = EMPTY_DICT;
  call.forwardFor = undefined;
  const sent = continues ? { ...details, progress: true } : details;
  const head = [MessageType.INVOCATION, call.invocation, entry.registration.id, sent];
  if (!entry.callee.send(head, payload)) failToPass(context, call);
}

/** Passes on another part of a call. `continues` is true unless it is the last part. */
export function invokeAgain(
  context: DealerContext,
  call: PendingCall,
  { callee, registration }: CalleeEntry,
  payload: Payload,
  continues: boolean,
): void {
  const details = continues ? { ...call.details, progress: true } : call.details;
  const isSent = callee.send([MessageType.INVOCATION, call.invocation, registration.id, details], payload);
  if (!isSent) failToPass(context, call);
}

/** Ends a call whose payload cannot be written in the format of the callee. */
function failToPass(context: DealerContext, call: PendingCall): void {
  const head = [MessageType.ERROR, MessageType.CALL, call.request, EMPTY_DICT, Uri.CANCELED];
  complete(context, call, head, new ValuesPayload([['the router cannot write the payload for the callee']]));
}

/** `interrupt`: the caller waits for the answer of the callee. Returns whether the callee can be interrupted. */
export function interrupt({ calls }: DealerContext, call: PendingCall): boolean {
  const { entry, state } = call;
  if (entry === undefined || !canInterrupt(entry)) return false;
  if (state === 'interrupted') return true;
  calls.interrupt(call);
  entry.callee.send([MessageType.INTERRUPT, call.invocation, INTERRUPT_OPTIONS.kill]);
  return true;
}

/** `complete`: ends a call with an answer. If the caller does not wait any more, the answer is dropped. */
export function complete(
  context: DealerContext,
  call: PendingCall,
  head: readonly HeadElement[],
  payload: Payload,
): void {
  const { caller, request, entry, isOpen } = call;
  context.calls.complete(call);
  if (isOpen && !caller.send(head, payload)) {
    caller.refuse(MessageType.CALL, request, Uri.CANCELED, 'the router cannot write the result for the caller');
  }
  if (entry?.isLimited) freePlace(context, entry);
}

/** `abandon` and `release`: ends a call before its callee has answered. The code that calls it answers the caller. */
export function abandon(context: DealerContext, call: PendingCall, mode: 'skip' | 'killnowait'): void {
  const isUnaware = call.state === 'invoked';
  context.calls.abandon(call);
  if (call.entry === undefined) context.waiting.delete(call);
  else release(context, call, call.entry, mode === 'killnowait' && isUnaware);
}

/**
 * If the concurrency of a callee is limited, a call keeps its place until the callee answers. This holds for a callee
 * that still works and for one that has to answer an INTERRUPT of mode kill.
 */
function release(context: DealerContext, call: PendingCall, entry: CalleeEntry, interrupts: boolean): void {
  if (interrupts && canInterrupt(entry)) {
    context.calls.release(call);
    entry.callee.send([MessageType.INTERRUPT, call.invocation, INTERRUPT_OPTIONS.killnowait]);
    if (entry.isLimited) freePlace(context, entry);
  } else if (!entry.isLimited) {
    context.calls.release(call);
  }
}

function freePlace(context: DealerContext, entry: CalleeEntry): void {
  entry.busy--;
  invokeWaiting(context, entry.registration);
}

/** Passes on waiting calls of a registration, in their order, while a callee is free. */
export function invokeWaiting(context: DealerContext, registration: Registration): void {
  while (context.waiting.countOf(registration) > 0) {
    const entry = registration.choose();
    if (entry === undefined) return;
    const waiting = context.waiting.take(registration);
    if (waiting === undefined) return;
    const missing = missingFeature(waiting.call, entry.callee);
    if (missing === undefined) invokeWhole(context, waiting, entry);
    else refuse(context, waiting.call, Uri.FEATURE_NOT_SUPPORTED, `the callee does not support ${missing}`);
  }
}

function invokeWhole(context: DealerContext, { call, payloads }: WaitingCall, entry: CalleeEntry): void {
  for (const [index, payload] of payloads.entries()) {
    const continues = call.isStreaming || index < payloads.length - 1;
    if (index === 0) invoke(context, call, entry, payload, continues);
    else if (call.state === 'invoked') invokeAgain(context, call, entry, payload, continues);
  }
}

/** Ends the calls that wait for a registration without callees. */
export function refuseWaiting(context: DealerContext, registration: Registration): void {
  for (;;) {
    const waiting = context.waiting.take(registration);
    if (waiting === undefined) return;
    refuse(context, waiting.call, Uri.CANCELED, 'the callee left before it took the call');
  }
}

function refuse({ calls, counters }: DealerContext, call: PendingCall, uri: string, words: string): void {
  calls.abandon(call);
  counters.refused++;
  call.caller.refuse(MessageType.CALL, call.request, uri, words);
}

/** `abandon`: all calls of a caller that leaves. Returns a function that releases their callees, to be called later. */
export function abandonAll(context: DealerContext, caller: Session): () => void {
  const made = context.calls.takeMadeBy(caller).map((call) => ({ call, isUnaware: call.state === 'invoked' }));
  for (const { call } of made) {
    context.calls.abandon(call);
    if (call.entry === undefined) context.waiting.delete(call);
  }
  context.calls.endedStreams.forget(caller);
  return () => {
    for (const { call, isUnaware } of made) {
      const { entry, state } = call;
      // Another callee may have left in the meantime; the caller itself has left.
      if (entry !== undefined && state === 'abandoned' && entry.callee !== caller) {
        release(context, call, entry, isUnaware);
      }
    }
  };
}

/** `complete`: the calls of a callee that leaves without answering them. */
export function completeAll({ calls }: DealerContext, callee: Session): void {
  for (const { caller, request } of calls.completeAll(callee)) {
    caller.refuse(MessageType.CALL, request, Uri.CANCELED, 'the callee left before it answered');
  }
}
