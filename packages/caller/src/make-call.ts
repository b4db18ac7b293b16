import { mostMilliseconds } from '@pgwamp/config';
import { WampError } from '@pgwamp/core';
import type { CallOptions, ForwardedFor, PayloadText } from '@pgwamp/core/internal/wamp';
import type { CallContext, CallDescription, CallTarget } from './call-description.ts';
import { refuseUnsendable } from './message-limits.ts';

/** Milliseconds that a router gets to end a call by itself, when its time is over. */
const grace = 100;

/**
 * Calls, and waits no longer than the option `timeout` says: not every router keeps it, and some count it in seconds. With progressive
 * results it counts anew from each.
 *
 * @throws `Refused` if the router would not take the call, which was not sent then; `WampError` of the callee or the router,
 *   `wamp.error.timeout`; the reason of the signal; `SessionLostError`.
 */
export async function makeCall(
  { session, limits }: CallTarget,
  call: CallDescription,
  { signal, onProgress }: CallContext,
): Promise<PayloadText> {
  refuseUnsendable(call, limits);
  const { procedure, payload, options, forwardFor } = call;
  const { timeout = 0, disclose_me } = options as { timeout?: number; disclose_me?: boolean };
  using limit = new TimeLimit(timeout, signal);
  const sent: CallOptions<PayloadText> = {
    ...(timeout > 0 && { timeout }),
    ...(disclose_me !== undefined && { disclose_me }),
    ...(forwardFor.length > 0 && { forward_for: forwardFor.map((hop) => completed(hop, session.id)) }),
    ...(onProgress && {
      onProgress: (progress) => {
        limit.refresh();
        onProgress(progress);
      },
    }),
    signal: limit.signal,
  };
  // A callee that heeds no INTERRUPT is not waited for.
  return await Promise.race([limit.over, session.callText(procedure, payload, sent)]);
}

function completed(hop: Readonly<Record<string, unknown>>, session: number): ForwardedFor {
  return { session, authid: '', authrole: '', ...hop };
}

/** Aborts a call when its time is over, or when it is wanted no more. */
class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #over = Promise.withResolvers<never>();
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(timeout: number, outer: AbortSignal | undefined) {
    this.#outer = outer;
    // Whoever waits for the call learns it.
    this.#over.promise.catch(() => undefined);
    if (timeout > 0) this.#timer = setTimeout(this.#expire, Math.min(timeout + grace, mostMilliseconds), timeout);
    if (outer?.aborted) this.#abort();
    else outer?.addEventListener('abort', this.#abort, { once: true });
  }

  /** Aborts with the call. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rejects when the signal aborts. */
  get over(): Promise<never> {
    return this.#over.promise;
  }

  /** The time begins anew. */
  refresh(): void {
    this.#timer?.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#abort);
  }

  readonly #expire = (timeout: number): void => {
    this.#end(new WampError('wamp.error.timeout', [`no result within ${timeout} ms`]));
  };

  readonly #abort = (): void => {
    this.#end(this.#outer?.reason);
  };

  #end(reason: unknown): void {
    this.#controller.abort(reason);
    this.#over.reject(reason);
  }
}
