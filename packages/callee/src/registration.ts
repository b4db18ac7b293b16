import { WampError } from '@pgwamp/core';
import { type Endpoint, isUsable, type StateReport } from '@pgwamp/core/internal/functions';
import type { Endpoint as Answer, EndpointSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';

/** One endpoint at the router. */
export class Registration {
  /** The endpoint as it is now; each call takes it anew. */
  endpoint: Endpoint;
  readonly #session: EndpointSession;
  readonly #answer: Answer;
  readonly #revoked: () => void;
  #withdraw: (() => Promise<void>) | undefined;
  #refusal: WampError | undefined;

  /** @param revoked is called when the router has ended it, because somebody else has forced his own. */
  constructor(endpoint: Endpoint, session: EndpointSession, calls: Calls, revoked: () => void) {
    this.endpoint = endpoint;
    this.#session = session;
    this.#answer = (args, kwargs, details) => calls.answer(this.endpoint, args, kwargs, details);
    this.#revoked = revoked;
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
      const offered = this.refused ? unforced : options;
      this.#withdraw = await this.#session.register(this.endpoint.uri, this.#answer, offered, (reason) =>
        this.#revoke(String(reason)),
      );
      this.#refusal = undefined;
    } catch (error) {
      if (!(error instanceof WampError)) throw error;
      this.#refusal = error;
    }
  }

  #revoke(reason: string): void {
    this.#withdraw = undefined;
    this.#refusal = new WampError('wamp.error.no_such_registration', [`the router has ended it: ${reason}`]);
    this.#revoked();
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
