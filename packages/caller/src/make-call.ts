import { maxMilliseconds } from '@pgwamp/config';
import { Refused, WampError } from '@pgwamp/core';
import type { CallingSession, ForwardedFor, PayloadText, StartedCall, StartOptions } from '@pgwamp/core/internal/wamp';

/** A call as the database requests it. */
export interface CallDescription {
  readonly procedure: string;
  readonly payload: PayloadText;
  /** The options of `crossbar.call`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The previous callers, the first one first. The last one is in the database and has no session. */
  readonly forwardFor: readonly Readonly<Record<string, unknown>>[];
}

/** The abort signal and the progress callback of a call. */
export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PayloadText) => void) | undefined;
}

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
  session: CallingSession,
  call: CallDescription,
  { signal, onProgress }: CallContext,
): Promise<PayloadText> {
  signal?.throwIfAborted();
  const { options, forwardFor } = call;
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
  const { result, cancel } = start(session, call, sent);
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

/** @throws `Refused` if the call exceeds a limit of the router. Then the session has not sent it. */
function start(session: CallingSession, { procedure, payload }: CallDescription, options: StartOptions): StartedCall {
  try {
    return session.startCall(procedure, payload, options);
  } catch (error) {
    if (!(error instanceof WampError)) throw error;
    const kind = error.error === 'wamp.error.payload_size_exceeded' ? 'too_large' : 'malformed';
    throw new Refused(kind, String(error.args[0]), { cause: error });
  }
}

function completed(hop: Readonly<Record<string, unknown>>, session: number): ForwardedFor {
  return { session, authid: '', authrole: '', ...hop };
}
