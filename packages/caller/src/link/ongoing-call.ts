import type { Call, Outcome } from './call.ts';
import type { CallRequest } from './request.ts';
import type { Row } from './row.ts';

/** What may wait for the database of one call before its callee is asked to wait: rows, and characters. */
const ahead = { rows: 1000, characters: 4 * 1024 * 1024 };

/** A call that was made, until the database has taken its last row. */
export class OngoingCall {
  /** Called whenever there is a new row to take. */
  onrow: () => void = () => undefined;
  /** Whether its last row was taken. */
  finished = false;
  /** Whether its rows will never be taken. */
  forgotten = false;
  readonly #abort = new AbortController();
  readonly #isStream: boolean;
  readonly #progress: (string | null)[] = [];
  #characters = 0;
  #outcome: Outcome | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(request: CallRequest, call: Call) {
    this.#isStream = request.options.receive_progress === true;
    const onProgress = (payload: string | null) => this.#advance(payload);
    void call(request, { signal: this.#abort.signal, onProgress }).then((outcome) => this.#settle(outcome));
  }

  /** The next row, if there is one. */
  take(): Row[] | undefined {
    const payload = this.#progress.shift();
    if (payload !== undefined) return [this.#takeProgress(payload)];
    if (!this.#outcome) return undefined;
    this.finished = true;
    const isEnd = this.#isStream && this.#outcome.kind === 'result';
    return [isEnd ? { ...this.#outcome, kind: 'end' } : this.#outcome];
  }

  /** One row is the whole answer: there is nothing before it. */
  soFar(): Row[] {
    return [];
  }

  /** Tells whoever makes the call that nobody waits for it any more. */
  cancel(reason: string): void {
    this.#room?.resolve();
    this.#abort.abort(new Error(reason));
  }

  #advance(payload: string | null): Promise<void> | undefined {
    if (this.#outcome || this.#abort.signal.aborted) return undefined;
    this.#progress.push(payload);
    this.#characters += payload?.length ?? 0;
    this.onrow();
    if (this.#hasRoom(ahead.rows, ahead.characters)) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  #takeProgress(payload: string | null): Row {
    this.#characters -= payload?.length ?? 0;
    // To ask for one more after each row that was taken would make a burst of every row.
    if (this.#room && this.#hasRoom(ahead.rows / 2, ahead.characters / 2)) {
      this.#room.resolve();
      this.#room = undefined;
    }
    return { kind: 'progress', payload, args: null, kwargs: null };
  }

  #hasRoom(rows: number, characters: number): boolean {
    return this.#progress.length < rows && this.#characters < characters;
  }

  #settle(outcome: Outcome | undefined): void {
    this.forgotten = outcome === undefined;
    this.#outcome = outcome ?? { kind: 'lost', payload: 'the call was given up', args: null, kwargs: null };
    this.onrow();
  }
}
