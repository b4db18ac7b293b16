import { SessionLostError, WampError } from '@pgwamp/core';
import type { CallingSession, PayloadText } from '@pgwamp/core/internal/wamp';
import type { CallControls, CallerIdentity } from './link/index.ts';
import { type CallDescription, makeCall, prepareCall } from './make-call.ts';
import type { TransactionWatch } from './transaction-watch.ts';

/** The reason for ending a call whose rows can no longer be read. */
export const transactionEnded = new Error('the transaction that reads a stream has ended');

/**
 * Calls with progressive results. Each one has its own WAMP session. Results that a query does not read fast enough
 * remain at the router. A session that is not read would block all other calls on it, including those of the same
 * query.
 */
export class Streams {
  readonly #open: () => Promise<CallingSession>;
  readonly #transactions: TransactionWatch;

  /** @param open joins the router with another session. */
  constructor(open: () => Promise<CallingSession>, transactions: TransactionWatch) {
    this.#open = open;
    this.#transactions = transactions;
  }

  /**
   * Makes a call. It ends with the last result, or when the transaction that reads the results has ended.
   *
   * @throws the errors of `makeCall`; {@link transactionEnded}; `WampError` `wamp.error.unavailable` if the router
   *   accepts no more sessions.
   */
  async call(
    call: CallDescription,
    payload: PayloadText,
    { transaction }: CallerIdentity,
    { signal, onProgress }: CallControls,
  ): Promise<string | null> {
    const ended = new AbortController();
    using _watch =
      typeof transaction === 'string'
        ? this.#transactions.watch(transaction, () => ended.abort(transactionEnded))
        : undefined;
    await using session = await this.#join();
    const advance = (progress: string | null) => {
      const room = onProgress(progress);
      if (room !== undefined) holdBack(session, room);
    };
    const context = { signal: AbortSignal.any([signal, ended.signal]), onProgress: advance };
    return await makeCall(session, prepareCall(session, call), payload, context);
  }

  async #join(): Promise<CallingSession> {
    try {
      return await this.#open();
    } catch (error) {
      if (error instanceof SessionLostError) throw error;
      throw new WampError('wamp.error.unavailable', [(error as Error).message]);
    }
  }
}

function holdBack(session: CallingSession, room: Promise<void>): void {
  session.pause();
  const resume = () => session.resume();
  room.then(resume, resume);
}
