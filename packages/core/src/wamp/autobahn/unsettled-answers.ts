import { WampError } from '../../errors.ts';
import type { Deferred } from './library.ts';

/** What AutobahnJS asks for whenever somebody may wait for something. */
export function defer(): Deferred {
  return { ...Promise.withResolvers<unknown>(), notify: () => undefined };
}

/** AutobahnJS never settles what waits for an answer when the session is lost. Here it rejects with the reason. */
export class Answers {
  readonly #lost: AbortSignal;
  /** One listener of the signal for all that wait, since a signal searches its listeners one by one. */
  readonly #waiting = new Set<(reason: unknown) => void>();

  /** @param lost aborted when no answer can come any more. */
  constructor(lost: AbortSignal) {
    this.#lost = lost;
    const rejectAll = () => {
      for (const reject of this.#waiting) reject(lost.reason);
    };
    lost.addEventListener('abort', rejectAll, { once: true });
  }

  /**
   * Waits for what AutobahnJS gives.
   *
   * @throws `WampError` for an ERROR of the router, `SessionLostError` if no answer can come any more.
   */
  async of<Answer>(answer: PromiseLike<Answer>): Promise<Answer> {
    const { promise, reject } = Promise.withResolvers<never>();
    if (this.#lost.aborted) reject(this.#lost.reason);
    this.#waiting.add(reject);
    try {
      return await Promise.race([promise, answer]);
    } catch (error) {
      throw isAutobahnError(error) ? new WampError(error.error, error.args, error.kwargs) : error;
    } finally {
      this.#waiting.delete(reject);
    }
  }
}

/** By its form, not by its class: the application may have another copy of AutobahnJS. */
function isAutobahnError(error: unknown): error is Pick<WampError, 'error' | 'args' | 'kwargs'> {
  if (typeof error !== 'object' || error === null || error instanceof Error) return false;
  return 'error' in error && 'args' in error && 'kwargs' in error;
}
