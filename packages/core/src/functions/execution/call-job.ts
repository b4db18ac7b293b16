import type { PooledSession } from '../../postgres/index.ts';
import type { Routine } from '../routines/routine.ts';
import { callStatement } from '../statements/call-statement.ts';
import { outsStatement } from '../statements/outs-statement.ts';
import type { PayloadText, ResultRow } from '../statements/result-payload.ts';
import { Deadline } from './deadline.ts';
import { type Identity, identityOf } from './identity.ts';
import type { Invocation } from './invocation.ts';
import { type Attempt, defaultRetries, inTransaction, type Job, perform } from './job.ts';
import { collectorFor, type ResultCollector } from './result-collector.ts';
import type { Settings } from './settings.ts';

interface CallAttempt extends Attempt {
  readonly collector: ResultCollector;
}

/** A call on its way through PostgreSQL. */
export class CallJob implements Job<CallAttempt> {
  readonly settings: Settings;
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
  readonly bound: number;
  readonly prepare: (timeout: number) => CallAttempt;
  readonly #routine: Routine;
  readonly #identity: Identity;
  readonly #retries: number;

  /**
   * @param bound milliseconds that a statement may run; 0 for no bound.
   * @throws `WampError` if the arguments, or who calls, are not what can be called with.
   */
  constructor(invocation: Invocation, routine: Routine, settings: Settings, deadline: Deadline, bound: number) {
    const { endpoint, args, kwargs, details, signal, progress } = invocation;
    this.settings = settings;
    this.deadline = deadline;
    this.signal = signal;
    this.bound = bound;
    this.#routine = routine;
    this.#identity = identityOf(endpoint, details);
    this.#retries = Number(endpoint.options.retries ?? defaultRetries);
    const call = settings.own(callStatement(routine, args, kwargs, details));
    this.prepare = (timeout) => {
      const collector = collectorFor(routine, progress);
      // A COMMIT within a procedure ends what is set for the transaction, and it would go on as role crossbar.
      if (routine.kind === 'procedure')
        return { scope: 'session', steps: [this.#set('session', timeout), call], collector };
      return { ...inTransaction(settings, [this.#set('transaction', timeout), call]), rows: collector.rows, collector };
    };
  }

  /** A procedure may have committed a part of its work, and rows that were sent cannot be taken back. */
  mayRepeat(tries: number, { collector }: CallAttempt): boolean {
    return tries <= this.#retries && this.#routine.kind === 'function' && !collector.begun;
  }

  /** Runs it, and makes its result. */
  async perform(session: PooledSession): Promise<PayloadText> {
    const [{ collector }, results] = await perform(session, this);
    const row = results.at(-1)?.[0] ?? [];
    return collector.payload(this.#routine.kind === 'procedure' ? await this.#outs(session, row) : row);
  }

  async #outs(session: PooledSession, row: ResultRow): Promise<ResultRow> {
    const outs = outsStatement(this.#routine, row);
    if (!outs) return row;
    // It is committed, so it is too late to give up.
    using deadline = new Deadline();
    const prepare = (timeout: number) => inTransaction(this.settings, [this.#set('transaction', timeout), outs]);
    const { settings, bound } = this;
    const [, results] = await perform(session, {
      settings,
      bound,
      deadline,
      signal: undefined,
      prepare,
      mayRepeat: () => false,
    });
    return results.at(-1)?.[0] ?? [];
  }

  #set(scope: 'transaction' | 'session', timeout: number) {
    return this.settings.statement(scope, timeout, this.#identity);
  }
}
