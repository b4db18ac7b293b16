import { WampError } from '../../errors.ts';
import { type PooledSession, RowTooLongError } from '../../postgres/index.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Routine } from '../routines/routine.ts';
import { callStatement } from '../statements/call-statement.ts';
import { outsOf } from '../statements/outs.ts';
import type { PayloadText } from '../statements/result-payload.ts';
import type { Deadline } from './deadline.ts';
import { type Identity, identityOf } from './identity.ts';
import { type Attempt, defaultRetries, inTransaction, type Job, runJob } from './job.ts';
import { collectorFor, type Progress, type ResultCollector } from './result-collector.ts';
import type { Settings } from './settings.ts';

/** A call as its function gets it. */
export interface Invocation {
  readonly endpoint: Endpoint;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** `procedure` where the registration is a pattern, and what the router discloses of the caller. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Milliseconds until the call ends with `wamp.error.timeout`, its wait for a session included; 0 or undefined for no bound. */
  readonly timeout?: number | undefined;
  /** Aborted when the call is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Gets the rows of a function that returns a set, one by one; the next ones are read when it has resolved. */
  readonly progress?: Progress | undefined;
}

/** What bounds a call. */
export interface CallLimits {
  /** Milliseconds that a statement may run; 0 for no bound. */
  readonly bound: number;
  /** Bytes that its result may have. */
  readonly resultSize: number;
}

interface CallAttempt extends Attempt {
  readonly collector: ResultCollector;
}

/** A call on its way through PostgreSQL. */
export class CallJob implements Job<CallAttempt> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  readonly bound: number;
  readonly #resultSize: number;
  readonly #routine: Routine;
  readonly #identity: Identity;
  readonly #retries: number;
  readonly #call: ReturnType<typeof callStatement>;
  readonly #progress: Progress | undefined;

  /** @throws `WampError` if the arguments, or the names of the caller, are not what can be called with. */
  constructor(
    { endpoint, args, kwargs, details, signal, progress }: Invocation,
    routine: Routine,
    settings: Settings,
    deadline: Deadline,
    { bound, resultSize }: CallLimits,
  ) {
    this.settings = settings;
    this.deadline = deadline;
    this.signal = signal;
    this.bound = bound;
    this.#resultSize = resultSize;
    this.#routine = routine;
    this.#identity = identityOf(endpoint, details);
    this.#retries = Number(endpoint.options.retries ?? defaultRetries);
    this.#call = settings.own(callStatement(routine, args, kwargs, details));
    this.#progress = progress;
  }

  /** Runs it, and makes its result. */
  async run(session: PooledSession): Promise<PayloadText> {
    const [{ collector }, results] = await runJob(session, this).catch((error: unknown) => this.#refuse(error));
    return collector.payload(results.at(-1)?.[0] ?? []);
  }

  attempt(timeout: number): CallAttempt {
    const collector = collectorFor(this.#routine, this.#progress, this.#resultSize);
    // A COMMIT within a procedure ends what is set for the transaction, and it would go on as role crossbar.
    const { settings } = this;
    if (this.#routine.kind === 'procedure') {
      const set = settings.statement('session', timeout, this.#identity, this.#routine.guard);
      return { scope: 'session', steps: [set, this.#call], followUp: outsOf(this.#routine), collector };
    }
    const steps = [settings.statement('transaction', timeout, this.#identity), this.#call];
    return { ...inTransaction(settings, steps), rows: collector.rows, collector };
  }

  /** A procedure may have committed a part of its work, and rows that were sent cannot be taken back. */
  mayRepeat(attempts: number, { collector }: CallAttempt): boolean {
    return attempts <= this.#retries && this.#routine.kind === 'function' && !collector.begun;
  }

  #refuse(error: unknown): never {
    if (!(error instanceof RowTooLongError)) throw error;
    const size = `the result has ${error.bytes} bytes, and may have ${this.#resultSize} (extra.max_result_size)`;
    const { kind } = this.#routine;
    const undone = kind === 'function' ? 'nothing has happened' : 'what the procedure had not committed is undone';
    const fate = error.committed ? `the ${kind} has run, and its transaction is committed` : undone;
    throw new WampError('wamp.error.payload_size_exceeded', [`${size}; ${fate}`]);
  }
}
