import { WampError } from '@pgwamp/core';
import { type Endpoint, isUsable, type StateReport } from '@pgwamp/core/internal/functions';
import type { Endpoint as Answer, EndpointSession } from '@pgwamp/core/internal/wamp';
import type { Calls } from './calls.ts';

/** The registration of one endpoint at the router. */
export class Registration {
  /** The current endpoint. Each call reads it. */
  endpoint: Endpoint;
  readonly #session: EndpointSession;
  readonly #deadSessions: ReadonlySet<number>;
  readonly #answer: Answer;
  readonly #revoked: () => void;
  #withdraw: (() => Promise<void>) | undefined;
  #refusal: WampError | undefined;

  /**
   * @param deadSessions the ids of sessions of this Callee that were lost: a registration that only they hold is forced.
   * @param revoked called when the router has ended the registration, because another callee has forced its own.
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

  /** The state to report in the database. */
  get report(): StateReport {
    const { id, routine } = this.endpoint;
    if (!isUsable(routine)) return { endpoint: id, state: 'unusable', error: routine.problem };
    if (this.#refusal) return { endpoint: id, state: 'refused', error: this.#refusal.message };
    return { endpoint: id, state: this.registered ? 'registered' : undefined };
  }

  /**
   * Registers the endpoint. If the router refuses, {@link refused} is true afterwards.
   *
   * @throws `SessionLostError` if the session is lost.
   */
  async register(): Promise<void> {
    const options = optionsOf(this.endpoint);
    const { force_reregister: _, ...unforced } = options;
    // Forced only once: two callees that repeatedly take it from each other would serve nobody.
    const isFirst = !this.refused;
    this.#refusal = await this.#offer(isFirst ? options : unforced);
    if (isFirst && (await this.#isHeldByDeadSession()))
      this.#refusal = await this.#offer({ ...unforced, force_reregister: true });
  }

  /** Tries to register the endpoint. Returns the router's refusal, or undefined. */
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

  /**
   * Whether only lost sessions of this Callee hold the procedure. If a network connection fails, a router considers its
   * session alive, and keeps the procedures of the session, until a ping fails.
   */
  async #isHeldByDeadSession(): Promise<boolean> {
    if (this.#deadSessions.size === 0 || this.#refusal?.error !== 'wamp.error.procedure_already_exists') return false;
    const { uri, match } = this.endpoint;
    try {
      const { args: found } = await this.#session.call('wamp.registration.lookup', [uri, { match }]);
      const { args: listed } = await this.#session.call('wamp.registration.list_callees', [found[0]]);
      return (listed[0] as readonly number[]).every((session) => this.#deadSessions.has(session));
    } catch (error) {
      // The Callee is not allowed to call these procedures, or the registration has ended meanwhile. Then it is retried
      // like any other refused registration.
      if (error instanceof WampError) return false;
      throw error;
    }
  }

  #revoke(reason: string): void {
    this.#withdraw = undefined;
    this.#refusal = new WampError('wamp.error.no_such_registration', [`the router has ended it: ${reason}`]);
    this.#revoked();
  }

  /** Applies changes of the endpoint, and registers it again if the router's view of it has changed. */
  async replace(endpoint: Endpoint): Promise<void> {
    const former = this.endpoint;
    this.endpoint = endpoint;
    if (JSON.stringify(termsOf(former)) === JSON.stringify(termsOf(endpoint))) return;
    await this.withdraw();
    await this.register();
  }

  /** Ends the registration at the router. */
  async withdraw(): Promise<void> {
    const withdraw = this.#withdraw;
    this.#withdraw = undefined;
    this.#refusal = undefined;
    await withdraw?.();
  }
}

/** The properties of an endpoint that the router knows. */
function termsOf(endpoint: Endpoint): unknown[] {
  return [endpoint.uri, optionsOf(endpoint)];
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-register-2 */
function optionsOf({ match, role, options }: Endpoint): Record<string, unknown> {
  const { retries: _, ...wamp } = options;
  // A function that runs as the caller needs to know the caller.
  return { ...wamp, ...(match !== 'exact' && { match }), ...(role === null && { disclose_caller: true }) };
}
