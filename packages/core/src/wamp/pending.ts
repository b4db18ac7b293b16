import type { Deferred } from './autobahn.ts';

/** An answer that is waited for. */
interface PendingAnswer extends Deferred {
  /** Called for progressive results. */
  onProgress: (progress: unknown) => void;
}

/**
 * The answers that a session waits for. AutobahnJS leaves them open when the transport is lost; here they end with an error.
 */
export class PendingAnswers {
  readonly #answers = new Set<PendingAnswer>();
  #latest: PendingAnswer | undefined;

  /** AutobahnJS asks for one whenever it sends a request. */
  readonly defer = (): Deferred => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    // AutobahnJS also defers what nobody may ever look at.
    promise.catch(() => undefined);
    const answer: PendingAnswer = {
      promise,
      resolve: (value) => {
        this.#answers.delete(answer);
        resolve(value);
      },
      reject: (error) => {
        this.#answers.delete(answer);
        reject(error);
      },
      notify: (progress) => answer.onProgress(progress),
      onProgress: () => undefined,
    };
    this.#answers.add(answer);
    this.#latest = answer;
    return answer;
  };

  /** Directs the progressive results of the request that was sent last. */
  directProgress(onProgress: (progress: unknown) => void): void {
    if (this.#latest) this.#latest.onProgress = onProgress;
  }

  /** Ends all answers that are still waited for. */
  rejectAll(error: unknown): void {
    for (const answer of this.#answers) answer.reject(error);
  }
}
