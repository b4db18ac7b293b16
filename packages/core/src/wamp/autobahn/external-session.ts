import { SessionLostError, WampError } from '../../errors.ts';
import { parsePart } from '../../json.ts';
import { checkText, PayloadText } from '../payload-text.ts';
import type { MessageLimits } from '../router-connection.ts';
import type {
  Acknowledgement,
  CallOptions,
  CallResult,
  Endpoint,
  EventHandler,
  OnRevoked,
  Session,
  StartedCall,
  StartOptions,
} from '../session.ts';
import type { AutobahnSessionLike } from '../transport-configuration.ts';
import { Bindings } from './bindings.ts';
import { type ExternalCall, externalResult } from './external-call.ts';
import { externalEndpoint } from './external-endpoint.ts';
import { Answers } from './unsettled-answers.ts';

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
   * @param limits what the router takes, measured as JSON, because the serializer of the session is not known.
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
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return (await result).parse();
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  startCall(procedure: string, payload: PayloadText, { onProgress, ...options }: StartOptions = {}): StartedCall {
    this.#assertOpen();
    this.#check(payload);
    const { args, kwargs } = payload.parse();
    const sent = { ...options, ...(onProgress && { receive_progress: true }) };
    const call = this.#session.call(procedure, args, kwargs, sent) as ExternalCall;
    let ended = false;
    const result = this.#answers.of(externalResult(call, onProgress)).finally(() => {
      ended = true;
    });
    const cancel = () => {
      if (!ended && !this.lost.aborted) call.cancel({ mode: 'kill' });
    };
    return { result, cancel };
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
