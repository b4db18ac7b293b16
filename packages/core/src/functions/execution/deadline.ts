import { maxMilliseconds } from '@pgwamp/config';
import { WampError } from '../../errors.ts';

/** The time that a call may take, from when it came: how long it may wait for a session, and how long its statement may run. */
export class Deadline implements Disposable {
  /** Ends the wait for a session: when the time is over, or the call is cancelled. */
  readonly signal: AbortSignal | undefined;
  readonly #canceled: AbortSignal | undefined;
  readonly #end: number;
  readonly #release: (() => void) | undefined;

  /**
   * @param timeout milliseconds; 0 or undefined for no bound.
   * @param canceled aborted when the call is cancelled.
   */
  constructor(timeout?: number, canceled?: AbortSignal) {
    this.#canceled = canceled;
    this.#end = timeout ? performance.now() + timeout : Number.POSITIVE_INFINITY;
    if (timeout) [this.signal, this.#release] = abortedAfter(timeout, canceled);
    else this.signal = canceled;
  }

  /**
   * Milliseconds that the next statement may run; 0 for no bound.
   *
   * @param bounds others that hold as well; 0 for none.
   * @throws `WampError` if the call has to end now.
   */
  left(...bounds: readonly number[]): number {
    this.throwIfOver();
    let least = Math.max(1, Math.ceil(this.#end - performance.now()));
    for (const bound of bounds) if (bound > 0) least = Math.min(least, bound);
    return Number.isFinite(least) ? least : 0;
  }

  /** @throws `WampError` `wamp.error.canceled` or `wamp.error.timeout` if the call has to end now. */
  throwIfOver(): void {
    if (this.#canceled?.aborted) throw canceledError();
    // Timers may be early by a part of a millisecond.
    if (this.signal?.aborted || performance.now() >= this.#end) throw timeoutError();
  }

  [Symbol.dispose](): void {
    this.#release?.();
  }
}

/** The caller wants the result no more, or somebody has cancelled the statement in PostgreSQL. */
export function canceledError(): WampError {
  return new WampError('wamp.error.canceled', ['the call was canceled']);
}

/** A time limit was reached: that of the call, of the component or of the role. */
export function timeoutError(): WampError {
  return new WampError('wamp.error.timeout', ['the call took longer than it may']);
}

/** `AbortSignal.timeout` would keep its timer when the call has long been answered. */
function abortedAfter(timeout: number, signal: AbortSignal | undefined): [AbortSignal, () => void] {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, Math.min(timeout, maxMilliseconds));
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort);
  return [
    controller.signal,
    () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  ];
}
