import { WampError } from '../../errors.ts';
import type { Deferred } from './library.ts';

/** Creates a promise for AutobahnJS. */
export function defer(): Deferred {
  return { ...Promise.withResolvers<unknown>(), notify: () => undefined };
}

/** Rejects pending promises of AutobahnJS when the session is lost. AutobahnJS itself never settles them. */
export class Answers {
  readonly #lost: AbortSignal;
  /**
   * A single listener of the signal serves all pending promises, because a signal searches its listeners one by one.
   */
  readonly #waiting = new Set<(reason: unknown) => void>();

  /** @param lost aborts when no reply can arrive any more. */
  constructor(lost: AbortSignal) {
    this.#lost = lost;
    const rejectAll = () => {
      for (const reject of this.#waiting) reject(lost.reason);
    };
    lost.addEventListener('abort', rejectAll, { once: true });
  }

  /**
   * Waits for a promise of AutobahnJS.
   *
   * @throws `WampError` for an ERROR of the router, `SessionLostError` if no reply can arrive any more.
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

/** The error is identified by its fields, because the application may use another copy of AutobahnJS. */
function isAutobahnError(error: unknown): error is Pick<WampError, 'error' | 'args' | 'kwargs'> {
  if (typeof error !== 'object' || error === null || error instanceof Error) return false;
  return 'error' in error && 'args' in error && 'kwargs' in error;
}
