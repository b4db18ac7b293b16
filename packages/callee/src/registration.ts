import { WampError } from '@pgwamp/core';
import { type Endpoint, isUsable, type StateReport } from '@pgwamp/core/internal/functions';
import type { Endpoint as Answer, EndpointSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';

/** One endpoint at the router. */
export class Registration {
  /** The endpoint as it is now; each call takes it anew. */
  endpoint: Endpoint;
  readonly #session: EndpointSession;
  readonly #deadSessions: ReadonlySet<number>;
  readonly #answer: Answer;
  readonly #revoked: () => void;
  #withdraw: (() => Promise<void>) | undefined;
  #refusal: WampError | undefined;

  /**
   * @param deadSessions the ids of sessions of this Callee that were lost: what only they have registered is taken back.
   * @param revoked is called when the router has ended it, because somebody else has forced his own.
   */
  constructor(
    endpoint: Endpoint,
    session: EndpointSession,
    deadSessions: ReadonlySet<number>,
    calls: Calls,
    revoked: () => void,
  ) {
    this.endpoint = endpoint;
    this.#session = session;
    this.#deadSessions = deadSessions;
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
    const { force_reregister: _, ...unforced } = optionsOf(this.endpoint);
    // Forced once: two that take it from each other again and again would serve nobody.
    const isFirst = !this.refused;
    this.#refusal = await this.#offer(isFirst ? optionsOf(this.endpoint) : unforced);
    if (isFirst && (await this.#isHeldByDeadSession()))
      this.#refusal = await this.#offer({ ...unforced, force_reregister: true });
  }

  /** Returns the router's refusal. */
  async #offer(options: Readonly<Record<string, unknown>>): Promise<WampError | undefined> {
    try {
      this.#withdraw = await this.#session.register(this.endpoint.uri, this.#answer, options, (reason) =>
        this.#revoke(String(reason)),
      );
      return undefined;
    } catch (error) {
      if (error instanceof WampError) return error;
      throw error;
    }
  }

  /** A router takes a session whose line has died for alive until its ping fails, and keeps the procedures of it. */
  async #isHeldByDeadSession(): Promise<boolean> {
    if (this.#deadSessions.size === 0 || this.#refusal?.error !== 'wamp.error.procedure_already_exists') return false;
    const { uri, match } = this.endpoint;
    try {
      const { args: found } = await this.#session.call('wamp.registration.lookup', [uri, { match }]);
      const { args: listed } = await this.#session.call('wamp.registration.list_callees', [found[0]]);
      return (listed[0] as readonly number[]).every((session) => this.#deadSessions.has(session));
    } catch (error) {
      // It may not ask, or the registration has gone meanwhile: then it is retried like any other.
      if (error instanceof WampError) return false;
      throw error;
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
