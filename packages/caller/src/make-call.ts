import { Refused, WampError } from '@pgwamp/core';
import type { CallAnswer, CallingSession, PayloadText, StartedCall } from '@pgwamp/core/internal/wamp';
import { commasOf, constantDict } from '@pgwamp/protocol/internal';
import { Deadlines } from './deadlines.ts';

/** A call as the database requests it, without its arguments. */
export interface CallDescription {
  readonly procedure: string;
  /** The options of `crossbar.call`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The previous callers, the first one first. The last one is in the database and has no session. */
  readonly forwardFor: readonly Readonly<Record<string, unknown>>[];
}

/** A call that is ready to be made, once or many times. */
export interface PreparedCall {
  readonly procedure: string;
  /** The options of CALL. */
  readonly options: Readonly<Record<string, unknown>>;
  /** In milliseconds; 0 means no timeout. */
  readonly timeout: number;
}

/** Receives the results of a call. */
export interface ResultReceiver {
  /** Receives the result as JSON text for SQL, see {@link resultText}. */
  resolve(result: string | null): void;
  /**
   * Receives a `Refused` if the router would not accept the call, which was then not sent; the `WampError` of the callee
   * or the router, or `wamp.error.timeout`; the reason for which the call was canceled; `SessionLostError`.
   */
  reject(error: unknown): void;
  /** Receives progressive results like the result, if the options request them. */
  readonly onProgress?: ((progress: string | null) => void) | undefined;
}

/** The abort signal and the progress callback of a call. */
export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  /** Receives progressive results like the result. */
  readonly onProgress?: ((progress: string | null) => void) | undefined;
}

/** Milliseconds that the router has to end a call itself after its timeout. */
const grace = 100;
const deadlines = new Deadlines();

export function prepareCall(
  session: CallingSession,
  { procedure, options, forwardFor }: CallDescription,
): PreparedCall {
  const { timeout = 0, disclose_me, receive_progress } = options as Options;
  const sent = constantDict({
    ...(timeout > 0 && { timeout }),
    ...(disclose_me !== undefined && { disclose_me }),
    ...(receive_progress && { receive_progress }),
    ...(forwardFor.length > 0 && {
      forward_for: forwardFor.map((hop) => ({ session: session.id, authid: '', authrole: '', ...hop })),
    }),
  });
  return { procedure, options: sent, timeout };
}

interface Options {
  readonly timeout?: number;
  readonly disclose_me?: boolean;
  readonly receive_progress?: boolean;
}

/**
 * A call in progress. It waits no longer than its option `timeout`. This is needed because some routers ignore the
 * option, and some interpret it in seconds. With progressive results, each result restarts the timeout.
 */
export class RunningCall implements CallAnswer {
  readonly keepsText = true;
  readonly #timeout: number;
  readonly #cancel: StartedCall['cancel'];
  /** Undefined when the call has ended. */
  #receiver: ResultReceiver | undefined;

  /** Makes the call. If it cannot be sent, the receiver is told so after this. */
  constructor(
    session: CallingSession,
    { procedure, options, timeout }: PreparedCall,
    payload: PayloadText,
    receiver: ResultReceiver,
  ) {
    this.#receiver = receiver;
    this.#timeout = timeout;
    try {
      this.#cancel = session.beginCall(procedure, payload, options, this);
    } catch (error) {
      this.#cancel = () => undefined;
      queueMicrotask(() => this.reject(asRefusal(error)));
    }
    if (timeout > 0) deadlines.set(this, timeout + grace);
  }

  /** Ends the call with this reason. */
  cancel(reason: unknown): void {
    this.#cancel(reason);
  }

  /** Ends the call because of its timeout. */
  expire(): void {
    this.#cancel(new WampError('wamp.error.timeout', [`no result within ${this.#timeout} ms`]));
  }

  resolve(result: PayloadText): void {
    this.#end()?.resolve(resultText(result));
  }

  reject(error: unknown): void {
    this.#end()?.reject(error);
  }

  onProgress(progress: PayloadText): void {
    if (this.#timeout > 0 && this.#receiver) deadlines.set(this, this.#timeout + grace);
    this.#receiver?.onProgress?.(resultText(progress));
  }

  /** @returns the receiver, if the call has not ended before. */
  #end(): ResultReceiver | undefined {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (this.#timeout > 0) deadlines.delete(this);
    return receiver;
  }
}

/**
 * Makes a call and waits for its result.
 *
 * @returns what {@link ResultReceiver.resolve} receives.
 * @throws what {@link ResultReceiver.reject} receives; the reason of the signal.
 */
export async function makeCall(
  session: CallingSession,
  call: PreparedCall,
  payload: PayloadText,
  { signal, onProgress }: CallContext,
): Promise<string | null> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  const running = new RunningCall(session, call, payload, { resolve, reject, onProgress });
  const abort = () => running.cancel(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await promise;
  } finally {
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
  const isKeyed = kwargs !== '' && !/^\{\s*\}$/.test(kwargs);
  if (isKeyed || commasOf(array, 1).length > 0) return `{"args":${array},"kwargs":${kwargs || '{}'}}`;
  return array.slice(1, -1).trim() || null;
}
