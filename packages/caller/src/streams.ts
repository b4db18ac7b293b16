import { SessionLostError, WampError } from '@pgwamp/core';
import type { CallingSession, PayloadText } from '@pgwamp/core/internal/wamp';
import type { CallDescription, MessageLimits } from './call-description.ts';
import type { CallControls, CallerIdentity } from './link/index.ts';
import { makeCall } from './make-call.ts';
import { resultText } from './result-text.ts';
import type { TransactionWatch } from './transaction-watch.ts';

/** The reason why a call is ended whose rows nobody can read any more. */
export const transactionEnded = new Error('the transaction that reads a stream has ended');

/**
 * Calls with progressive results. Each has a WAMP session of its own: what a query does not read fast enough is left with the router, and
 * a session that is not read would hold up all other calls, those of the very same query too.
 */
export class Streams {
  readonly #open: () => Promise<CallingSession>;
  readonly #limits: MessageLimits;
  readonly #transactions: TransactionWatch;

  /** @param open joins the router once more. */
  constructor(open: () => Promise<CallingSession>, limits: MessageLimits, transactions: TransactionWatch) {
    this.#open = open;
    this.#limits = limits;
    this.#transactions = transactions;
  }

  /**
   * Calls, until the last result has come or the transaction that reads them has ended.
   *
   * @throws as `makeCall`; {@link transactionEnded}; `WampError` `wamp.error.unavailable` if the router takes no other session.
   */
  async call(
    call: CallDescription,
    { transaction }: CallerIdentity,
    { signal, onProgress }: CallControls,
  ): Promise<PayloadText> {
    const ended = new AbortController();
    using _watch =
      typeof transaction === 'string'
        ? this.#transactions.watch(transaction, () => ended.abort(transactionEnded))
        : undefined;
    await using session = await this.#join();
    const advance = (progress: PayloadText) => {
      const room = onProgress(resultText(progress));
      if (room !== undefined) holdBack(session, room);
    };
    return await makeCall({ session, limits: this.#limits }, call, {
      signal: AbortSignal.any([signal, ended.signal]),
      onProgress: advance,
    });
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
