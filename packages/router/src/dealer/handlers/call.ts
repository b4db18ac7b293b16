import type { Dict, Payload, RequestHead } from '@pgwamp/protocol';
import { MessageType, ProtocolViolation, Uri } from '@pgwamp/protocol';
import { detach } from '@pgwamp/protocol/internal';
import { RequestError } from '../../errors.ts';
import { isReserved } from '../../matching/uri-rules.ts';
import type { Handler } from '../../realm/context.ts';
import { assertMayPassthru } from '../../realm/payload-passthru.ts';
import type { Session } from '../../session/session.ts';
import { type BuiltIn, callBuiltIn } from '../built-in.ts';
import type { DealerContext } from '../context.ts';
import { missingFeature, PROGRESSIVE_CALL_INVOCATIONS } from '../invocation.ts';
import { PendingCall } from '../pending-call.ts';
import { Registration } from '../registration.ts';
import { abandon, invoke, invokeAgain } from '../transitions.ts';

/**
 * CALL: starts a call, or sends another part of a pending one.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-call
 */
export function call(context: DealerContext): Handler {
  const { calls, registrations, limits } = context;
  return (caller, message, { discloses }) => {
    const head = message.elements as unknown as RequestHead;
    const [, request, options, procedure] = head;
    const pending = calls.madeBy(caller, request);
    if (pending !== undefined) {
      continueCall(context, pending, head, message.payload);
      return;
    }
    if (calls.endedStreams.drops(caller, request, options.progress !== true)) return;
    assertFeatures(caller, options);
    // An exact match needs no check: REGISTER checked the URI.
    const target = registrations.find('exact', procedure) ?? targetOf(context, procedure);
    if (!(target instanceof Registration)) {
      callBuiltIn(context, target, caller, message);
      return;
    }
    if (calls.countOf(caller) >= limits.maxPendingCalls) {
      throw new RequestError(Uri.UNAVAILABLE, `a session may have ${limits.maxPendingCalls} pending calls`);
    }
    const made = new PendingCall(caller, head, target, discloses);
    if (calls.streamBytes + made.streamBytes > limits.maxQueuedBytes) {
      throw new RequestError(
        Uri.UNAVAILABLE,
        `progressive calls of the realm take ${limits.maxQueuedBytes} bytes already`,
      );
    }
    const entry = target.choose();
    if (entry === undefined) {
      wait(context, made, message.payload);
    } else {
      const missing = missingFeature(made, entry.callee);
      if (missing !== undefined) {
        throw new RequestError(Uri.FEATURE_NOT_SUPPORTED, `the callee does not support ${missing}`);
      }
    }
    calls.add(made);
    if (made.timeout > 0) startTimer(context, made);
    if (entry !== undefined) invoke(context, made, entry, message.payload, made.isStreaming);
  };
}

/** @throws ProtocolViolation if the caller uses a feature that it did not announce */
function assertFeatures(caller: Session, options: Dict): void {
  if (options.ppt_scheme !== undefined) assertMayPassthru(caller, 'caller', options);
  if (options.progress === true && !caller.features.has('caller', PROGRESSIVE_CALL_INVOCATIONS)) {
    throw new ProtocolViolation(`${PROGRESSIVE_CALL_INVOCATIONS} was not announced for the role caller`);
  }
}

/**
 * Finds the target of a call without an exact registration: a procedure of the router, or a pattern. A pattern of a
 * client never receives calls of reserved URIs.
 *
 * @throws RequestError `wamp.error.invalid_uri` or `wamp.error.no_such_procedure`
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-pattern-reg
 */
function targetOf({ uris, registrations, builtIns }: DealerContext, procedure: string): Registration | BuiltIn {
  uris.assertValid(procedure);
  const target = isReserved(procedure) ? builtIns.get(procedure) : registrations.best(procedure);
  if (target !== undefined) return target;
  throw new RequestError(Uri.NO_SUCH_PROCEDURE, `no callee has registered ${procedure}`);
}

/**
 * Queues a call, or another part of one, until a callee is free.
 *
 * @throws RequestError `wamp.error.unavailable` if the queue is full
 */
function wait({ waiting, limits }: DealerContext, call: PendingCall, payload: Payload): void {
  if (waiting.countOf(call.registration) >= limits.maxQueuedCalls) {
    throw new RequestError(Uri.UNAVAILABLE, `${limits.maxQueuedCalls} calls wait for the procedure already`);
  }
  const [own, size] = detach(payload, call.caller.serializer);
  const bytes = size + call.bytes;
  if (waiting.bytes + bytes > limits.maxQueuedBytes) {
    throw new RequestError(Uri.UNAVAILABLE, `${limits.maxQueuedBytes} bytes wait for procedures of the realm already`);
  }
  waiting.add(call, own, bytes);
}

// setTimeout() treats a longer delay as one millisecond.
const MAX_TIMER = 2 ** 31 - 1;

/**
 * Starts the timeout of a call. A progressive result starts it again by `timer.refresh()`: Node.js keeps timers of the
 * same duration in one list, so starting and stopping is cheap for any number of timers.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-call-timeout
 */
function startTimer(context: DealerContext, call: PendingCall): void {
  const expire = () => {
    abandon(context, call, 'killnowait');
    call.caller.refuse(MessageType.CALL, call.request, Uri.TIMEOUT, `no result within ${call.timeout} ms`);
  };
  call.timer = setTimeout(expire, Math.min(call.timeout, MAX_TIMER)).unref();
}

/**
 * Passes on another part of a progressive call, to the callee that has the first part. Only the option `progress` is
 * read. A second CALL with the id of a pending call is an error: the caller could not distinguish their results.
 *
 * @throws ProtocolViolation if the pending call expects no further part
 * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-progressive-call-invocations
 */
function continueCall(
  context: DealerContext,
  call: PendingCall,
  [, request, options, procedure]: RequestHead,
  payload: Payload,
): void {
  if (!call.isStreaming) throw new ProtocolViolation(`CALL: request ${request} is pending already`);
  if (procedure !== call.procedure) throw new ProtocolViolation(`CALL: request ${request} calls ${call.procedure}`);
  call.isStreaming = options.progress === true;
  if (call.entry === undefined) wait(context, call, payload);
  else invokeAgain(context, call, call.entry, payload, call.isStreaming);
}
