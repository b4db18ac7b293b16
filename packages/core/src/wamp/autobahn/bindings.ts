import { SessionLostError, WampError } from '../../errors.ts';
import type { OnRevoked } from '../session.ts';
import type { AutobahnSessionLike } from '../transport-configuration.ts';
import { PerTopic } from './crossed-unsubscribe.ts';
import { afterHandlers } from './skipped-handlers.ts';
import { Answers } from './unsettled-answers.ts';

type Handler = Parameters<AutobahnSessionLike['subscribe']>[1];
type Endpoint = Parameters<AutobahnSessionLike['register']>[1];

const goneErrors: ReadonlySet<string> = new Set(['wamp.error.no_such_registration', 'wamp.error.no_such_subscription']);

/** The subscriptions and registrations of an AutobahnJS session. */
export class Bindings {
  readonly #session: AutobahnSessionLike;
  readonly #lost: AbortSignal;
  readonly #look: () => void;
  readonly #answers: Answers;
  readonly #topics = new PerTopic();
  readonly #ends = new Set<() => Promise<void>>();

  /**
   * @param lost aborts when no reply can arrive any more.
   * @param look updates the state of that signal.
   */
  constructor(session: AutobahnSessionLike, lost: AbortSignal, look: () => void = () => undefined) {
    this.#session = session;
    this.#lost = lost;
    this.#look = look;
    this.#answers = new Answers(lost);
  }

  /** Implements `Session.subscribe`. */
  async subscribe(
    topic: string,
    handler: Handler,
    options: object,
    onRevoked: OnRevoked,
  ): Promise<() => Promise<void>> {
    const subscription = await this.#topics.do(topic, options, async () => {
      this.#assertOpen();
      return this.#answers.of(this.#session.subscribe(topic, handler, { ...options }));
    });
    const end = this.#endOf(subscription, () =>
      this.#topics.do(topic, options, async () => {
        await afterHandlers();
        if (this.#isOver(subscription)) return;
        await this.#answers.of(this.#session.unsubscribe(subscription));
      }),
    );
    this.#watch(subscription.on_unsubscribe, end, onRevoked);
    return end;
  }

  /** Implements `Session.register`. */
  async register(
    procedure: string,
    endpoint: Endpoint,
    options: object,
    onRevoked: OnRevoked,
  ): Promise<() => Promise<void>> {
    this.#assertOpen();
    const registration = await this.#answers.of(this.#session.register(procedure, endpoint, { ...options }));
    const end = this.#endOf(registration, async () => {
      await this.#answers.of(this.#session.unregister(registration));
    });
    this.#watch(registration.on_unregister, end, onRevoked);
    return end;
  }

  /** Ends all remaining subscriptions and registrations. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#ends].map((end) => end()));
  }

  #assertOpen(): void {
    this.#look();
    this.#lost.throwIfAborted();
  }

  #isOver({ active }: { readonly active: boolean }): boolean {
    this.#look();
    return this.#lost.aborted || !active;
  }

  /** Returns a function that ends a binding. Repeated calls, and a call after the end, do nothing. */
  #endOf(binding: { readonly active: boolean }, stop: () => Promise<void>): () => Promise<void> {
    let ending: Promise<void> | undefined;
    const end = () => {
      this.#ends.delete(end);
      ending ??= this.#isOver(binding) ? Promise.resolve() : stop().catch(ignoreGone);
      return ending;
    };
    this.#ends.add(end);
    return end;
  }

  /** AutobahnJS may report a requested end in the same way as one by the router, so `#ends` distinguishes them. */
  #watch(ended: PromiseLike<unknown>, end: () => Promise<void>, onRevoked: OnRevoked): void {
    ended.then(
      (reason) => {
        if (this.#ends.delete(end)) onRevoked(reason);
      },
      () => undefined,
    );
  }
}

function ignoreGone(error: unknown): void {
  const isGone = error instanceof SessionLostError || (error instanceof WampError && goneErrors.has(error.error));
  if (!isGone) throw error;
}
