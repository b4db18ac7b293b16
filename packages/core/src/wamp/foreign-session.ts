import { SessionLostError, WampError } from '../errors.ts';
import { parsePart } from '../json.ts';
import { endOnce, type OnRevoked } from './ending.ts';
import { type ForeignCall, foreignResultText } from './foreign-call.ts';
import { foreignEndpoint } from './foreign-endpoint.ts';
import { InTurn } from './in-turn.ts';
import type { Endpoint } from './invocation.ts';
import type { PayloadText } from './payload-text.ts';
import { type EventHandler, topicKey } from './registering.ts';
import type { Acknowledgement, CallOptions } from './session.ts';
import type { ForeignSession } from './transport-configuration.ts';

/** Milliseconds between two looks at whether the session is still open: AutobahnJS tells only the owner of its connection. */
const lookInterval = 200;

/**
 * An AutobahnJS session that the application owns. Payload is parsed and serialised again, by whatever serializer the session has. With
 * JSON no digit is lost of what is sent, but numbers that come are JavaScript's.
 *
 * AutobahnJS sets further limits. An INTERRUPT ends its connection, and it does not announce that calls can be cancelled; so the
 * signal of a call aborts only when the session is lost. It knows of a call `procedure`, `caller`, `caller_authid` and
 * `caller_authrole`, of an event `topic`, `publication`, `publisher`, `publisher_authid`, `publisher_authrole` and `retained`. It cannot be
 * paused, and does not tell how much is on its way. A call that gives `null` looks like one that gives nothing. Keyword results, and errors with a
 * URI, need the same copy of AutobahnJS on both sides.
 */
export class BorrowedSession implements AsyncDisposable {
  readonly id: number;
  readonly lost: AbortSignal;
  readonly #session: ForeignSession;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #topics = new InTurn();
  /** What is to be ended when the session goes back to its owner. */
  readonly #endings = new Set<() => Promise<void>>();

  /** @throws `SessionLostError` if the session is not open. */
  constructor(session: ForeignSession) {
    if (!session.isOpen || session.id === null)
      throw new SessionLostError('the session of the application is not open');
    this.#session = session;
    this.id = session.id;
    this.lost = this.#lost.signal;
    this.#timer = setInterval(() => this.#look(), lookInterval);
  }

  /** As {@link Session.publishText}. */
  async publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement> {
    this.#assertOpen();
    const publication = this.#session.publish(
      topic,
      args === '' ? undefined : (parsePart('args', args) as unknown[]),
      kwargs === '' ? undefined : (parsePart('kwargs', kwargs) as object),
      { ...(options !== '' && (parsePart('options', options) as object)), acknowledge: true },
    );
    return this.#answer(publication);
  }

  /** As {@link Session.subscribe}. */
  async subscribe(
    topic: string,
    handler: EventHandler,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    const handle: EventHandler = (args, kwargs, details) => handler(args, kwargs, { ...details });
    const key = topicKey(topic, options);
    const subscription = await this.#topics.do(key, async () => {
      this.#assertOpen();
      return this.#answer(this.#session.subscribe(topic, handle, { ...options }));
    });
    const end = this.#ending(subscription, () =>
      this.#topics.do(key, async () => this.#answer(this.#session.unsubscribe(subscription))),
    );
    subscription.on_unsubscribe.then((reason) => this.#revoked(end, reason, onRevoked), ignore);
    return end;
  }

  /** As {@link Session.register}. */
  async register(
    procedure: string,
    endpoint: Endpoint,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    this.#assertOpen();
    const served = foreignEndpoint(endpoint, this.lost);
    const registration = await this.#answer(this.#session.register(procedure, served, { ...options }));
    const end = this.#ending(registration, async () => this.#answer(this.#session.unregister(registration)));
    registration.on_unregister.then((reason) => this.#revoked(end, reason, onRevoked), ignore);
    return end;
  }

  /** As {@link Session.callText}. */
  async callText(
    procedure: string,
    { args, kwargs }: PayloadText,
    { onProgress, signal, ...options }: CallOptions<PayloadText> = {},
  ): Promise<PayloadText> {
    signal?.throwIfAborted();
    this.#assertOpen();
    const call = this.#session.call(
      procedure,
      parsePart('args', args || '[]') as unknown[],
      parsePart('kwargs', kwargs || '{}') as object,
      { ...options, ...(onProgress && { receive_progress: true }) },
    ) as ForeignCall;
    const cancel = () => {
      if (!this.lost.aborted) call.cancel({ mode: 'kill' });
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#answer(foreignResultText(call, onProgress));
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Does nothing: AutobahnJS reads on, and has no way to be held back. */
  pause(): boolean {
    return false;
  }

  /** Does nothing, as {@link pause}. */
  resume(): void {}

  /** Resolves at once: AutobahnJS does not tell how much is on its way. */
  async drained(): Promise<void> {
    this.lost.throwIfAborted();
  }

  /** Leaves the session to its owner, without the registrations and subscriptions that were made through this object. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#endings].map((end) => end()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #ending(what: { readonly active: boolean }, stop: () => Promise<unknown>): () => Promise<void> {
    const end = endOnce(async () => {
      this.#endings.delete(end);
      // Not at once: within a handler, AutobahnJS would skip the next handler of the same topic.
      await undefined;
      this.#look();
      if (!this.lost.aborted && what.active) await stop();
    });
    this.#endings.add(end);
    return end;
  }

  /** AutobahnJS tells of what was asked for in the same way, without a reason. */
  #revoked(end: () => Promise<void>, reason: unknown, onRevoked: OnRevoked): void {
    if (!this.#endings.delete(end)) return;
    onRevoked(reason);
  }

  #assertOpen(): void {
    this.#look();
    this.lost.throwIfAborted();
  }

  #look(): void {
    if (this.#session.isOpen && this.#session.id === this.id) return;
    clearInterval(this.#timer);
    this.#lost.abort(new SessionLostError('the session of the application was closed'));
  }

  async #answer<Answer>(answer: PromiseLike<Answer> | undefined): Promise<Answer> {
    const { promise, reject } = Promise.withResolvers<never>();
    const lose = () => reject(this.lost.reason);
    this.lost.addEventListener('abort', lose, { once: true });
    try {
      return await Promise.race([answer ?? promise, promise]);
    } catch (error) {
      throw isAutobahnError(error) ? new WampError(error.error, error.args, error.kwargs) : error;
    } finally {
      this.lost.removeEventListener('abort', lose);
    }
  }
}

/** By what it has, not by its class: the application may have another copy of AutobahnJS. */
function isAutobahnError(error: unknown): error is Pick<WampError, 'error' | 'args' | 'kwargs'> {
  if (typeof error !== 'object' || error === null || error instanceof Error) return false;
  return 'error' in error && 'args' in error && 'kwargs' in error;
}

function ignore(): void {}
