import { SessionLostError, WampError } from '../../errors.ts';
import { parsePart } from '../../json.ts';
import { checkText, PayloadText } from '../payload-text.ts';
import type { MessageLimits } from '../router-connection.ts';
import type {
  Acknowledgement,
  CallAnswer,
  CallOptions,
  CallResult,
  Endpoint,
  EventHandler,
  OnRevoked,
  PublicationAnswer,
  Session,
  StartedCall,
  StartOptions,
} from '../session.ts';
import type { AutobahnSessionLike } from '../transport-configuration.ts';
import { Bindings } from './bindings.ts';
import { type ExternalCall, externalResult } from './external-call.ts';
import { externalEndpoint } from './external-endpoint.ts';
import { Answers } from './unsettled-answers.ts';

/**
 * Milliseconds between two checks whether the session is open. AutobahnJS only notifies the owner of its connection.
 */
const lookInterval = 200;

/**
 * An AutobahnJS session that the application owns. Payloads are parsed and serialized again, with the serializer of the
 * session. With JSON, sent numbers keep every digit, but received numbers are JavaScript numbers.
 *
 * AutobahnJS has further limits. An INTERRUPT ends its connection, and it does not announce call canceling. So the
 * signal of a call aborts only when the session is lost. Of a call, it provides `procedure`, `caller`, `caller_authid`
 * and `caller_authrole`. Of an event, it provides `topic`, `publication`, `publisher`, `publisher_authid`,
 * `publisher_authrole` and `retained`. It cannot be paused, and does not report its amount of unsent data. A call that
 * returns `null` looks like a call without a result. Keyword results, and errors with a URI, require the same copy of
 * AutobahnJS on both sides.
 */
export class ExternalSession implements Session {
  readonly id: number;
  readonly lost: AbortSignal;
  readonly #session: AutobahnSessionLike;
  readonly #limits: MessageLimits;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #answers: Answers;
  readonly #bindings: Bindings;

  /**
   * @param limits the router's limits. Messages are measured as JSON, because the serializer of the session is not
   *   known.
   * @throws `SessionLostError` if the session is not open.
   */
  constructor(session: AutobahnSessionLike, limits: MessageLimits) {
    if (!session.isOpen || session.id === null) {
      throw new SessionLostError('the session of the application is not open');
    }
    this.#session = session;
    this.#limits = limits;
    this.id = session.id;
    this.lost = this.#lost.signal;
    this.#answers = new Answers(this.lost);
    this.#bindings = new Bindings(session, this.lost, () => this.#look());
    this.#timer = setInterval(() => this.#look(), lookInterval);
  }

  async publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement> {
    if (options !== '') checkText('options', options, 'object', this.#limits.maxDepth - 1);
    const parsed = options === '' ? {} : (parsePart('options', options) as object);
    return this.#publish(topic, new PayloadText(args, kwargs), { ...parsed, acknowledge: true });
  }

  startPublication(options: string, topic: string, args: string, kwargs: string, answer: PublicationAnswer): void {
    this.publishText(options, topic, args, kwargs).then(
      (acknowledgement) => answer.resolve(acknowledgement),
      (error: unknown) => answer.reject(error),
    );
  }

  async publish(
    topic: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
    options: object = {},
  ): Promise<number | undefined> {
    const { id } = await this.#publish(topic, PayloadText.of(args, kwargs), { ...options, acknowledge: true });
    return id;
  }

  async subscribe(
    topic: string,
    handler: EventHandler,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    const handle: EventHandler = (args, kwargs, details) => handler(args, kwargs, { ...details });
    return this.#bindings.subscribe(topic, handle, options, onRevoked);
  }

  async register(
    procedure: string,
    endpoint: Endpoint,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    const served = externalEndpoint(endpoint, this.lost, this.#check);
    return this.#bindings.register(procedure, served, options, onRevoked);
  }

  async call(
    procedure: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
    { onProgress, signal, ...options }: CallOptions = {},
  ): Promise<CallResult> {
    signal?.throwIfAborted();
    const onText = onProgress && ((progress: PayloadText) => onProgress(progress.parse()));
    const payload = PayloadText.of(args, kwargs);
    const { result, cancel } = this.startCall(procedure, payload, { ...options, onProgress: onText });
    const abort = () => cancel();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return (await result).parse();
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  startCall(procedure: string, payload: PayloadText, { onProgress, ...options }: StartOptions = {}): StartedCall {
    this.#assertOpen();
    this.#check(payload);
    const { args, kwargs } = payload.parse();
    const sent = { ...options, ...(onProgress && { receive_progress: true }) };
    const call = this.#session.call(procedure, args, kwargs, sent) as ExternalCall;
    const { promise: result, resolve, reject } = Promise.withResolvers<PayloadText>();
    let ended = false;
    const end = () => {
      ended = true;
    };
    this.#answers.of(externalResult(call, onProgress)).finally(end).then(resolve, reject);
    const cancel = (reason?: unknown) => {
      if (!ended && !this.lost.aborted) call.cancel({ mode: 'kill' });
      if (reason !== undefined) reject(reason);
    };
    return { result, cancel };
  }

  beginCall(
    procedure: string,
    payload: PayloadText,
    options: Readonly<Record<string, unknown>>,
    answer: CallAnswer,
  ): StartedCall['cancel'] {
    const onProgress = options.receive_progress ? (progress: PayloadText) => answer.onProgress?.(progress) : undefined;
    const { result, cancel } = this.startCall(procedure, payload, { ...options, onProgress });
    result.then(
      (payload) => answer.resolve(payload),
      (error) => answer.reject(error),
    );
    return cancel;
  }

  /** Does nothing: AutobahnJS cannot be paused. */
  pause(): boolean {
    return false;
  }

  /** Does nothing, like {@link pause}. */
  resume(): void {}

  /** Resolves immediately: AutobahnJS does not report its amount of unsent data. */
  async drained(): Promise<void> {
    this.lost.throwIfAborted();
  }

  /** Ends the registrations and subscriptions that were made through this object. The session itself remains open. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#bindings.endAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #publish(topic: string, payload: PayloadText, options: object): Promise<Acknowledgement> {
    this.#assertOpen();
    this.#check(payload);
    const { args, kwargs } = payload.parse();
    const answer = this.#session.publish(
      topic,
      payload.args === '' ? undefined : args,
      payload.kwargs === '' ? undefined : kwargs,
      options,
    );
    return this.#answers.of(answer as PromiseLike<Acknowledgement>);
  }

  readonly #check = (payload: PayloadText): void => {
    const { maxDepth, maxMessageSize } = this.#limits;
    payload.check(maxDepth - 1);
    const size = Buffer.byteLength(payload.args) + Buffer.byteLength(payload.kwargs);
    if (size <= maxMessageSize) return;
    const message = `arguments of ${size} bytes exceed transport.options.max_message_size, which is ${maxMessageSize}`;
    throw new WampError('wamp.error.payload_size_exceeded', [message]);
  };

  #assertOpen(): void {
    this.#look();
    this.lost.throwIfAborted();
  }

  #look(): void {
    if (this.#session.isOpen && this.#session.id === this.id) return;
    clearInterval(this.#timer);
    this.#lost.abort(new SessionLostError('the session of the application was closed'));
  }
}

function ignore(): void {}
