import { MessageType, Uri } from '@pgwamp/protocol';
import type { DealerContext } from './context.ts';
import type { Endpoint } from './endpoint.ts';
import { invoke, invokeAgain } from './invoke.ts';
import { missingFeature } from './needed-features.ts';
import type { PendingCall } from './pending-call.ts';
import type { Registration } from './registration.ts';
import type { WaitingCall } from './waiting-calls.ts';

function refuse({ calls, counters }: DealerContext, call: PendingCall, uri: string, words: string): void {
  calls.conclude(call);
  counters.refused++;
  call.caller.refuse(MessageType.CALL, call.request, uri, words);
}

function pass(context: DealerContext, { call, payloads }: WaitingCall, endpoint: Endpoint): void {
  const missing = missingFeature(call, endpoint.callee);
  if (missing !== undefined) {
    refuse(context, call, Uri.FEATURE_NOT_SUPPORTED, `the callee does not support ${missing}`);
    return;
  }
  for (const [index, payload] of payloads.entries()) {
    const continues = call.isStreaming || index < payloads.length - 1;
    if (index === 0) invoke(context, call, endpoint, payload, continues);
    else invokeAgain(call, endpoint, payload, continues);
  }
}

/** Passes on the calls that wait, in their order, as long as there is a callee with room. */
export function passWaiting(context: DealerContext, registration: Registration): void {
  while (registration.hasWaiting) {
    const endpoint = registration.choose();
    if (endpoint === undefined) return;
    const waiting = registration.waiting.take();
    if (waiting === undefined) return;
    pass(context, waiting, endpoint);
  }
}

/** Ends the calls that waited for a registration that has no callee any more. */
export function refuseWaiting(context: DealerContext, registration: Registration): void {
  while (registration.hasWaiting) {
    const waiting = registration.waiting.take();
    if (waiting === undefined) return;
    refuse(context, waiting.call, Uri.CANCELED, 'the callee left before it took the call');
  }
}
