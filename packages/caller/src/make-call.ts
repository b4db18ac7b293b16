import { maxMilliseconds } from '@pgwamp/config';
import { WampError } from '@pgwamp/core';
import type { ForwardedFor, PayloadText, StartOptions } from '@pgwamp/core/internal/wamp';
import type { CallContext, CallDescription, CallTarget } from './call-description.ts';
import { refuseUnsendable } from './message-limits.ts';

/** Milliseconds that the router has to end a call itself after its timeout. */
const grace = 100;

/**
 * Makes a call and waits no longer than its option `timeout`. This is needed because some routers ignore the option,
 * and some interpret it in seconds. With progressive results, each result restarts the timeout.
 *
 * @throws `Refused` if the router would not accept the call, which is then not sent; `WampError` of the callee or the
 *   router, or `wamp.error.timeout`; the reason of the signal; `SessionLostError`.
 */
export async function makeCall(
  { session, limits }: CallTarget,
  call: CallDescription,
  { signal, onProgress }: CallContext,
): Promise<PayloadText> {
  refuseUnsendable(call, limits);
  signal?.throwIfAborted();
  const { procedure, payload, options, forwardFor } = call;
  const { timeout = 0, disclose_me } = options as { timeout?: number; disclose_me?: boolean };
  const sent: StartOptions = {
    ...(timeout > 0 && { timeout }),
    ...(disclose_me !== undefined && { disclose_me }),
    ...(forwardFor.length > 0 && { forward_for: forwardFor.map((hop) => completed(hop, session.id)) }),
    ...(onProgress && {
      onProgress: (progress) => {
        timer?.refresh();
        onProgress(progress);
      },
    }),
  };
  const { result, cancel } = session.startCall(procedure, payload, sent);
  const { promise, resolve, reject } = Promise.withResolvers<PayloadText>();
  result.then(resolve, reject);
  // The callee may ignore INTERRUPT, so its answer is not awaited.
  const giveUp = (reason: unknown) => {
    cancel();
    reject(reason);
  };
  const expire = () => giveUp(new WampError('wamp.error.timeout', [`no result within ${timeout} ms`]));
  const timer = timeout > 0 ? setTimeout(expire, Math.min(timeout + grace, maxMilliseconds)) : undefined;
  const abort = () => giveUp(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

function completed(hop: Readonly<Record<string, unknown>>, session: number): ForwardedFor {
  return { session, authid: '', authrole: '', ...hop };
}
