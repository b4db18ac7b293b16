import type { Results } from '../../postgres/index.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import type { Routine } from '../routines/routine.ts';
import { type CallStatement, callStatement } from '../statements/call-statement.ts';
import { outsOf } from '../statements/outs.ts';
import { type PayloadText, rowPayload } from '../statements/result-payload.ts';
import type { Deadline } from './deadline.ts';
import { type Identity, identityOf } from './identity.ts';
import { type Attempt, defaultRetries, inTransaction, type Job, type Limits } from './job.ts';
import { type Progress, ProgressiveCollector, type RowCollector, WholeCollector } from './row-collector.ts';
import type { Settings } from './settings.ts';
import { isRepeatable } from './sqlstate.ts';

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

/** The job for one call. */
export class CallJob implements Job<PayloadText> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly kind: Routine['kind'];
  readonly limits: Limits;
  readonly #routine: Routine;
  readonly #identity: Identity;
  readonly #retries: number;
  readonly #call: CallStatement;
  readonly #progress: Progress | undefined;
  /** Collects the rows of the current attempt. */
  #collector: RowCollector | undefined;

  /** @throws `WampError` if the function cannot be called with these arguments or these names of the caller. */
  constructor(
    { endpoint, args, kwargs, details, progress }: Invocation,
    routine: Routine,
    settings: Settings,
    deadline: Deadline,
    limits: Limits,
  ) {
    this.settings = settings;
    this.deadline = deadline;
    this.limits = limits;
    this.kind = routine.kind;
    this.#routine = routine;
    this.#identity = identityOf(endpoint, details);
    this.#retries = Number(endpoint.options.retries ?? defaultRetries);
    this.#call = callStatement(routine, args, kwargs, details, settings.mark);
    this.#progress = progress;
  }

  attempt(timeout: number): Attempt {
    const routine = this.#routine;
    const { settings } = this;
    // A COMMIT inside a procedure would end transaction settings, and the rest of the procedure would run as role
    // crossbar.
    if (routine.kind === 'procedure') {
      const set = settings.statement('session', timeout, this.#identity, routine.guard);
      return { scope: 'session', statements: [set, this.#call], followUp: outsOf(routine) };
    }
    const attempt = inTransaction(settings, [settings.statement('transaction', timeout, this.#identity), this.#call]);
    if (routine.result.shape !== 'rows') return { ...attempt, resets: true };
    this.#collector = this.#progress
      ? new ProgressiveCollector(routine, this.#progress)
      : new WholeCollector(routine, this.limits.resultSize);
    return { ...attempt, rows: this.#collector.rows };
  }

  /**
   * Not repeated: a procedure, because it may have committed a part of its work, and a call whose rows were sent to the
   * caller.
   */
  mayRepeat(attempts: number, sqlstate: string | undefined): boolean {
    const isWhole = this.kind === 'function' && !this.#collector?.begun;
    return isRepeatable(sqlstate) && attempts <= this.#retries && isWhole;
  }

  result(results: Results): PayloadText {
    return this.#collector ? this.#collector.payload() : rowPayload(this.#routine, results.at(-1)?.[0] ?? []);
  }
}
