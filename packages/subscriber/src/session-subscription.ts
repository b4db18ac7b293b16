import type { EndpointSession, EventDetails } from '@pgwamp/core/internal/wamp';
import type { SubscriptionQueue } from './subscription-queue.ts';

/**
 * A subscription in one session, which fills a queue. Until the router confirms it, the subscription that it replaces
 * continues to fill the queue, so that each event arrives exactly once.
 */
export class SessionSubscription {
  /** Resolves when the router has answered. */
  readonly settled: Promise<void>;
  readonly #queue: SubscriptionQueue;
  readonly #changed: () => void;
  #former: SessionSubscription | undefined;
  readonly #retained = new Set<number>();
  #state: 'subscribed' | 'refused' | undefined;
  #error: Error | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  #wantsRetained: boolean;
  #ignoring = false;

  /**
   * @param changed called when {@link state} has changed.
   * @param former the subscription to replace, with the same topic, queue and session.
   */
  constructor(queue: SubscriptionQueue, session: EndpointSession, changed: () => void, former?: SessionSubscription) {
    this.#queue = queue;
    this.#changed = changed;
    this.#wantsRetained = queue.endpoint.options.get_retained === true;
    this.#former = former;
    if (former) former.#wantsRetained = false;
    this.settled = this.#subscribe(session);
  }

  /** Undefined until the router has answered. */
  get state(): 'subscribed' | 'refused' | undefined {
    return this.#state;
  }

  /** The reason why the router refused or ended it. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Whether it fills the queue, or will fill it when the router has answered. */
  get takesEvents(): boolean {
    return !this.#ignoring && this.#state !== 'refused';
  }

  /** Ignores further events. */
  ignore(): void {
    this.#ignoring = true;
    this.#former?.ignore();
  }

  /** Unsubscribes. Events that arrive meanwhile are ignored. */
  async end(): Promise<void> {
    this.ignore();
    await this.settled;
    await this.#unsubscribe?.();
  }

  async #subscribe(session: EndpointSession): Promise<void> {
    const { uri, match } = this.#queue.endpoint;
    const options = { ...(match !== 'exact' && { match }), ...(this.#wantsRetained && { get_retained: true }) };
    try {
      this.#unsubscribe = await session.subscribe(uri, this.#take, options, (reason) =>
        this.#refuse(new Error(`the router ended the subscription: ${String(reason)}`)),
      );
      this.#state = 'subscribed';
    } catch (error) {
      this.#refuse(error as Error);
    }
    this.#former?.ignore();
    this.#former = undefined;
    this.#changed();
  }

  #refuse(error: Error): void {
    if (this.#ignoring) return;
    this.#state = 'refused';
    this.#error = error;
    this.#changed();
  }

  readonly #take = (
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    details: EventDetails,
  ): void => {
    if (this.#ignoring) return;
    if (details.retained === true ? !this.#isFirstOf(details.publication) : this.#former?.takesEvents) return;
    this.#queue.add({ args, kwargs, details });
  };

  /** A retained event that one handler of a topic has requested is sent to all handlers of the topic. */
  #isFirstOf(publication: number): boolean {
    if (!this.#wantsRetained || this.#retained.has(publication)) return false;
    this.#retained.add(publication);
    return true;
  }
}
