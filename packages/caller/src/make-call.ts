import { maxMilliseconds } from '@pgwamp/config';
import { Refused, WampError } from '@pgwamp/core';
import type { CallingSession, PayloadText, StartedCall, StartOptions } from '@pgwamp/core/internal/wamp';
import { commasOf } from '@pgwamp/protocol/internal';

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
  /** Receives progressive results like the result. */
  readonly onProgress?: ((progress: string | null) => void) | undefined;
}

/** Milliseconds that the router has to end a call itself after its timeout. */
const grace = 100;

/**
 * Makes a call and waits no longer than its option `timeout`. This is needed because some routers ignore the option,
 * and some interpret it in seconds. With progressive results, each result restarts the timeout.
 *
 * @returns the result as JSON text for SQL, see {@link resultText}.
 * @throws `Refused` if the router would not accept the call, which is then not sent; `WampError` of the callee or the
 *   router, or `wamp.error.timeout`; the reason of the signal; `SessionLostError`.
 */
export async function makeCall(
  session: CallingSession,
  call: CallDescription,
  { signal, onProgress }: CallContext,
): Promise<string | null> {
  signal?.throwIfAborted();
  const { procedure, payload, options, forwardFor } = call;
  const { timeout = 0, disclose_me } = options as { timeout?: number; disclose_me?: boolean };
  const sent: StartOptions = {
    ...(timeout > 0 && { timeout }),
    ...(disclose_me !== undefined && { disclose_me }),
    ...(forwardFor.length > 0 && {
      forward_for: forwardFor.map((hop) => ({ session: session.id, authid: '', authrole: '', ...hop })),
    }),
    ...(onProgress && {
      onProgress: (progress) => {
        timer?.refresh();
        onProgress(resultText(progress));
      },
    }),
  };
  let started: StartedCall;
  try {
    started = session.startCall(procedure, payload, sent);
  } catch (error) {
    throw asRefusal(error);
  }
  const { result, cancel } = started;
  const expire = () => cancel(new WampError('wamp.error.timeout', [`no result within ${timeout} ms`]));
  const timer = timeout > 0 ? setTimeout(expire, Math.min(timeout + grace, maxMilliseconds)) : undefined;
  const abort = () => cancel(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return resultText(await result);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** A call that exceeds a limit of the router, which the session does not send. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof WampError)) return error;
  const kind = error.error === 'wamp.error.payload_size_exceeded' ? 'too_large' : 'malformed';
  return new Refused(kind, String(error.args[0]), { cause: error });
}

/**
 * Converts the result of a call to JSON text for SQL: null for an empty result, the value for a single positional
 * result, otherwise an object with `args` and `kwargs`.
 */
function resultText({ args, kwargs }: PayloadText): string | null {
  const array = args.trim() || '[]';
  const isKeyed = !/^(\{\s*\})?$/.test(kwargs);
  if (isKeyed || commasOf(array, 1).length > 0) return `{"args":${array},"kwargs":${kwargs || '{}'}}`;
  return array.slice(1, -1).trim() || null;
}
