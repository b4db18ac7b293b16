import { WampError } from '@pgwamp/core/errors';
import { type Endpoint, isUsable, type StateReport } from '@pgwamp/core/procedures';
import type { Endpoint as Answer, CalleeSession } from '@pgwamp/core/wamp';

/** One endpoint at the router. */
export class Registration {
  /** The endpoint as it is now; each call takes it anew. */
  endpoint: Endpoint;
  readonly #session: CalleeSession;
  readonly #answer: Answer;
  #withdraw: (() => Promise<void>) | undefined;
  #refusal: WampError | undefined;

  /** @param answer makes what answers the calls of a registration. */
  constructor(endpoint: Endpoint, session: CalleeSession, answer: (registration: Registration) => Answer) {
    this.endpoint = endpoint;
    this.#session = session;
    this.#answer = answer(this);
  }

  /** Whether the router has refused it. */
  get refused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Whether the router has it. */
  get registered(): boolean {
    return this.#withdraw !== undefined;
  }

  /** What to tell in the database. */
  get report(): StateReport {
    const { id, routine } = this.endpoint;
    if (!isUsable(routine)) return { endpoint: id, state: 'unusable', error: routine.problem };
    if (this.#refusal) return { endpoint: id, state: 'refused', error: this.#refusal.message };
    return { endpoint: id, state: this.registered ? 'registered' : undefined };
  }

  /**
   * Registers it; if the router refuses, {@link refused} is true afterwards.
   *
   * @throws `SessionLostError` if the session is lost.
   */
  async register(): Promise<void> {
    const options = optionsOf(this.endpoint);
    try {
      // Forced once: two that take it from each other again and again would serve nobody.
      const { force_reregister: _, ...unforced } = options;
      this.#withdraw = await this.#session.register(this.endpoint.uri, this.#answer, this.refused ? unforced : options);
      this.#refusal = undefined;
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#refusal = error;
    }
  }

  /** Takes over what has changed, and registers anew if the router has to know. */
  async replace(endpoint: Endpoint): Promise<void> {
    const former = this.endpoint;
    this.endpoint = endpoint;
    if (JSON.stringify(termsOf(former)) === JSON.stringify(termsOf(endpoint))) return;
    await this.withdraw();
    await this.register();
  }

  /** Ends it at the router. */
  async withdraw(): Promise<void> {
    const withdraw = this.#withdraw;
    this.#withdraw = undefined;
    this.#refusal = undefined;
    await withdraw?.();
  }
}

/** What the router knows of an endpoint. */
function termsOf(endpoint: Endpoint): unknown[] {
  return [endpoint.uri, optionsOf(endpoint)];
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-register-2 */
function optionsOf({ match, role, options }: Endpoint): Record<string, unknown> {
  const { retries: _, ...wamp } = options;
  // Who runs as the caller has to know who that is.
  return { ...wamp, ...(match !== 'exact' && { match }), ...(role === null && { disclose_caller: true }) };
}
