import { WampError } from '../errors.ts';
import { AutobahnError, type Deferred } from './autobahn.ts';

/**
 * The answers that a session waits for. AutobahnJS leaves them open when the transport is lost; here they end with an error.
 */
export class PendingAnswers {
  readonly #answers = new Set<PendingAnswer>();
  #latest: PendingAnswer | undefined;

  /** AutobahnJS asks for one whenever it sends a request. */
  readonly defer = (): Deferred => {
    const answer = new PendingAnswer(this.#answers);
    this.#latest = answer;
    return answer;
  };

  /** Directs the progressive results of the request that was sent last. */
  directProgress(onProgress: (progress: unknown) => void): void {
    if (this.#latest) this.#latest.onProgress = onProgress;
  }

  /** Tells of the answer to the request that was sent last before anybody who awaits it, while the message is being taken in. */
  witness<Answer>(onAnswer: (answer: Answer) => void): void {
    if (this.#latest) this.#latest.onAnswer = onAnswer as (answer: unknown) => void;
  }

  /** Ends all answers that are still waited for. */
  rejectAll(error: unknown): void {
    for (const answer of this.#answers) {
      // AutobahnJS also defers what nobody may ever look at.
      answer.promise.catch(() => undefined);
      answer.reject(error);
    }
  }
}

/** One answer; a class, since there is one for every message of a fast publisher. */
class PendingAnswer implements Deferred {
  readonly promise: Promise<unknown>;
  /** Called for progressive results. */
  onProgress: (progress: unknown) => void = ignore;
  /** Called with a good answer. */
  onAnswer: (answer: unknown) => void = ignore;
  readonly #pending: Set<PendingAnswer>;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: unknown) => void;

  constructor(pending: Set<PendingAnswer>) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#pending = pending;
    pending.add(this);
  }

  resolve(value?: unknown): void {
    this.#pending.delete(this);
    this.onAnswer(value);
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#pending.delete(this);
    this.#reject(error instanceof AutobahnError ? new WampError(error.error, error.args, error.kwargs) : error);
  }

  notify(progress: unknown): void {
    this.onProgress(progress);
  }
}

function ignore(): void {}
