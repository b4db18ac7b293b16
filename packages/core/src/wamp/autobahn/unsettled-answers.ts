import { WampError } from '../../errors.ts';
import type { Deferred } from './library.ts';

/** What AutobahnJS asks for whenever somebody may wait for something. */
export function defer(): Deferred {
  return { ...Promise.withResolvers<unknown>(), notify: () => undefined };
}

/**
 * AutobahnJS never settles what waits for an answer when the session is lost. Here it rejects with the reason.
 *
 * @throws `WampError` for an ERROR of the router.
 */
export async function answerOf<Answer>(answer: PromiseLike<Answer>, lost: AbortSignal): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<never>();
  const lose = () => reject(lost.reason);
  if (lost.aborted) lose();
  lost.addEventListener('abort', lose, { once: true });
  try {
    return await Promise.race([promise, answer]);
  } catch (error) {
    throw isAutobahnError(error) ? new WampError(error.error, error.args, error.kwargs) : error;
  } finally {
    lost.removeEventListener('abort', lose);
  }
}

/** By its form, not by its class: the application may have another copy of AutobahnJS. */
function isAutobahnError(error: unknown): error is Pick<WampError, 'error' | 'args' | 'kwargs'> {
  if (typeof error !== 'object' || error === null || error instanceof Error) return false;
  return 'error' in error && 'args' in error && 'kwargs' in error;
}
