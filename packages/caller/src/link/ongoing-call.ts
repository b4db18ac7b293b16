import type { Call, CallReceiver, Outcome } from './call.ts';
import type { CallRequest } from './request.ts';
import type { Row } from './row.ts';

/** Limits on the waiting results of a call, in rows and in characters. When one is reached, the callee has to wait. */
const ahead = { rows: 1000, characters: 4 * 1024 * 1024 };

/** A call from its start until the database has read its last row. */
export class OngoingCall implements CallReceiver {
  /** Called when a new row is available. */
  onrow: () => void = () => undefined;
  /** Whether the last row was taken. */
  finished = false;
  /** Whether its rows will never be read. */
  forgotten = false;
  readonly #cancel: (reason: Error) => void;
  readonly #isStream: boolean;
  readonly #progress: (string | null)[] = [];
  #characters = 0;
  #isCanceled = false;
  #outcome: Outcome | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor({ id, procedure, options, identity, args, kwargs }: CallRequest, call: Call) {
    this.#isStream = options.receive_progress === true;
    this.#cancel = call({ id, procedure, options, identity })(args, kwargs, this);
  }

  /** Returns the next row, if there is one. */
  take(): Row[] | undefined {
    const payload = this.#progress.shift();
    if (payload !== undefined) return [this.#takeProgress(payload)];
    if (!this.#outcome) return undefined;
    this.finished = true;
    const isEnd = this.#isStream && this.#outcome.kind === 'result';
    return [isEnd ? { ...this.#outcome, kind: 'end' } : this.#outcome];
  }

  /** The answer is a single row, so there are no earlier rows. */
  soFar(): Row[] {
    return [];
  }

  /** Cancels the call, because nobody waits for it any more. */
  cancel(reason: string): void {
    this.#isCanceled = true;
    this.#room?.resolve();
    this.#cancel(new Error(reason));
  }

  onProgress(payload: string | null): Promise<void> | undefined {
    if (this.#outcome || this.#isCanceled) return undefined;
    this.#progress.push(payload);
    this.#characters += payload?.length ?? 0;
    this.onrow();
    if (this.#hasRoom(ahead.rows, ahead.characters)) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  settle(outcome: Outcome | undefined): void {
    this.forgotten = outcome === undefined;
    this.#outcome = outcome ?? { kind: 'lost', payload: 'the call was given up', args: null, kwargs: null };
    this.onrow();
  }

  #takeProgress(payload: string | null): Row {
    this.#characters -= payload?.length ?? 0;
    // The callee continues when the buffer is half empty. Continuing after each row would transfer rows one by one.
    if (this.#room && this.#hasRoom(ahead.rows / 2, ahead.characters / 2)) {
      this.#room.resolve();
      this.#room = undefined;
    }
    return { kind: 'progress', payload, args: null, kwargs: null };
  }

  #hasRoom(rows: number, characters: number): boolean {
    return this.#progress.length < rows && this.#characters < characters;
  }
}
