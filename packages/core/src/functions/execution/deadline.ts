import { maxMilliseconds } from '@pgwamp/config';
import { WampError } from '../../errors.ts';

/**
 * The deadline of a call, measured from its arrival. It limits the wait for a session and the run time of the
 * statement.
 */
export class Deadline implements Disposable {
  /** Ends the wait for a session when the deadline has passed or the call is canceled. */
  readonly signal: AbortSignal | undefined;
  /** Aborts when the call is canceled. */
  readonly canceled: AbortSignal | undefined;
  readonly #end: number;
  readonly #release: (() => void) | undefined;

  /**
   * @param timeout milliseconds; 0 or undefined for no limit.
   * @param canceled aborts when the call is canceled.
   */
  constructor(timeout?: number, canceled?: AbortSignal) {
    this.canceled = canceled;
    this.#end = timeout ? performance.now() + timeout : Number.POSITIVE_INFINITY;
    if (timeout) [this.signal, this.#release] = abortedAfter(timeout, canceled);
    else this.signal = canceled;
  }

  /**
   * Milliseconds that the next statement may run; 0 for no limit.
   *
   * @param bounds further limits; 0 for none.
   * @throws `WampError` if the deadline has passed or the call is canceled.
   */
  left(...bounds: readonly number[]): number {
    this.throwIfOver();
    let least = Math.max(1, Math.ceil(this.#end - performance.now()));
    for (const bound of bounds) if (bound > 0) least = Math.min(least, bound);
    return Number.isFinite(least) ? least : 0;
  }

  /** @throws `WampError` `wamp.error.canceled` or `wamp.error.timeout` if the call has to end now. */
  throwIfOver(): void {
    if (this.canceled?.aborted) throw canceledError();
    // A timer may fire a fraction of a millisecond early.
    if (this.signal?.aborted || performance.now() >= this.#end) throw timeoutError();
  }

  [Symbol.dispose](): void {
    this.#release?.();
  }
}

/** The caller has canceled the call, or somebody has canceled the statement in PostgreSQL. */
export function canceledError(): WampError {
  return new WampError('wamp.error.canceled', ['the call was canceled']);
}

/** A time limit has passed: of the call, of the component or of the role. */
export function timeoutError(): WampError {
  return new WampError('wamp.error.timeout', ['the call exceeded its time limit']);
}

/** `AbortSignal.timeout` is not used, because it would keep its timer long after the call was answered. */
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
