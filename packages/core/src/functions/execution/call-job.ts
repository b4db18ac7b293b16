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

/** A call as its function receives it. */
export interface Invocation {
  readonly endpoint: Endpoint;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  /** `procedure` if the registration is a pattern, and the details of the caller that the router discloses. */
  readonly details: Readonly<Record<string, unknown>>;
  /**
   * Milliseconds until the call ends with `wamp.error.timeout`, including its wait for a session. 0 or undefined for no
   * limit.
   */
  readonly timeout?: number | undefined;
  /** Aborts when the call is canceled. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Receives the rows of a function that returns a set, one by one. The next rows are read after its promise has
   * resolved.
   */
  readonly progress?: Progress | undefined;
}

/** The limits of a call. */
export interface CallLimits {
  /** Time limit of a statement in milliseconds; 0 for no limit. */
  readonly bound: number;
  /** Size limit of the result in bytes. */
  readonly resultSize: number;
}

interface CallAttempt extends Attempt {
  readonly collector: ResultCollector;
}

/** The job for one call. */
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

  /** @throws `WampError` if the function cannot be called with these arguments or these names of the caller. */
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

  /** Runs the job and returns the result. */
  async run(session: PooledSession): Promise<PayloadText> {
    const [{ collector }, results] = await runJob(session, this).catch((error: unknown) => this.#refuse(error));
    return collector.payload(results.at(-1)?.[0] ?? []);
  }

  attempt(timeout: number): CallAttempt {
    const collector = collectorFor(this.#routine, this.#progress, this.#resultSize);
    // A COMMIT inside a procedure would end transaction settings, and the rest of the procedure would run as role
    // crossbar.
    const { settings } = this;
    if (this.#routine.kind === 'procedure') {
      const set = settings.statement('session', timeout, this.#identity, this.#routine.guard);
      return { scope: 'session', steps: [set, this.#call], followUp: outsOf(this.#routine), collector };
    }
    const steps = [settings.statement('transaction', timeout, this.#identity), this.#call];
    return { ...inTransaction(settings, steps), rows: collector.rows, collector };
  }

  /**
   * Not repeated: a procedure, because it may have committed a part of its work, and a call whose rows were sent to the
   * caller.
   */
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
