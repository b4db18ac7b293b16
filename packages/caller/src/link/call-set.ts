import type { Call, CallReceiver, Outcome, StartCall } from './call.ts';
import type { EachRequest } from './request.ts';
import type { Row } from './row.ts';

/** Default number of concurrent calls. */
const defaultConcurrency = 64;
/**
 * Limit on the size of results that wait for the database, in characters. If it is reached, no more calls are started.
 */
const ahead = 4 * 1024 * 1024;
/** Number of outcomes sent together, so that the database reads them while other calls are running. */
const portion = 1000;

/** A set of calls of one procedure, made with limited concurrency. Outcomes are returned in the order of the calls. */
export class CallSet {
  /** Called when outcomes are available. */
  onrow: () => void = () => undefined;
  /** Whether the last row was taken. */
  finished = false;
  readonly forgotten = false;
  readonly #payloads: readonly string[];
  readonly #start: StartCall;
  readonly #concurrency: number;
  readonly #stopsAtError: boolean;
  readonly #outcomes = new Map<number, Outcome>();
  /** The functions that cancel the running calls. */
  readonly #open = new Map<number, (reason: Error) => void>();
  /** Number of calls to make. It shrinks after an error that is to be raised. */
  #wanted: number;
  #begun = 0;
  #taken = 0;
  #characters = 0;
  #cancelled = false;

  constructor(request: EachRequest, call: Call) {
    const { id, procedure, identity, payloads } = request;
    const { concurrency, on_error, ...options } = request.options;
    this.#payloads = payloads;
    this.#start = call({ id, procedure, options, identity });
    this.#concurrency = typeof concurrency === 'number' ? concurrency : defaultConcurrency;
    this.#stopsAtError = on_error === 'raise';
    this.#wanted = payloads.length / 2;
    this.#begin();
  }

  /** Returns all remaining outcomes after every call has ended, or the available ones if they reach the limits. */
  take(): Row[] | undefined {
    const isWhole = this.#taken + this.#outcomes.size >= this.#wanted && this.#open.size === 0;
    if (!isWhole && this.#outcomes.size < portion && this.#characters < ahead) return undefined;
    const rows = this.soFar();
    if (!this.finished && rows.length > 0) rows.push(pending);
    return this.finished || rows.length > 0 ? rows : undefined;
  }

  /** Returns the available outcomes up to the first unfinished call. */
  soFar(): Row[] {
    const rows: Row[] = [];
    for (let outcome = this.#outcomes.get(this.#taken); outcome; outcome = this.#outcomes.get(this.#taken)) {
      this.#outcomes.delete(this.#taken);
      this.#characters -= sizeOf(outcome);
      this.#taken += 1;
      rows.push(outcome);
    }
    this.finished = this.#taken >= this.#wanted;
    this.#begin();
    return rows;
  }

  /** Cancels the running calls and starts no more. */
  cancel(reason: string): void {
    this.#cancelled = true;
    for (const cancel of this.#open.values()) cancel(new Error(reason));
  }

  #begin(): void {
    while (
      !this.#cancelled &&
      this.#begun < this.#wanted &&
      this.#open.size < this.#concurrency &&
      this.#characters < ahead
    )
      this.#beginOne(this.#begun++);
  }

  #beginOne(index: number): void {
    const [args = '', kwargs = ''] = [this.#payloads[2 * index], this.#payloads[2 * index + 1]];
    const receiver: CallReceiver = { settle: (outcome) => this.#settle(index, outcome ?? givenUp), onProgress };
    this.#open.set(index, this.#start(args, kwargs, receiver));
  }

  #settle(index: number, outcome: Outcome): void {
    this.#open.delete(index);
    if (this.#cancelled || index >= this.#wanted) {
      this.#rest();
      return;
    }
    this.#outcomes.set(index, outcome);
    this.#characters += sizeOf(outcome);
    if (this.#stopsAtError && outcome.kind !== 'result') this.#stopAt(index);
    this.#rest();
  }

  #rest(): void {
    this.#begin();
    if (!this.#cancelled) this.onrow();
  }

  /** Calls after the failed one are discarded. An earlier call may also fail, and then its error is the first one. */
  #stopAt(index: number): void {
    this.#wanted = index + 1;
    for (const [other, cancel] of this.#open) if (other > index) cancel(new Error('a call before it has failed'));
    for (const other of this.#outcomes.keys()) if (other > index) this.#outcomes.delete(other);
  }
}

const onProgress = () => undefined;

/** More rows will follow. `wait` requests them. */
const pending: Row = { kind: 'pending', payload: null, args: null, kwargs: null };
const givenUp: Outcome = { kind: 'lost', payload: 'the call was given up', args: null, kwargs: null };

function sizeOf({ payload, args, kwargs }: Row): number {
  return (payload?.length ?? 0) + (args?.length ?? 0) + (kwargs?.length ?? 0);
}
