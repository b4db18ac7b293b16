import { parseLossless, parsePart, stringify } from '../json.ts';
import type { AutobahnSession } from './autobahn.ts';
import type { OnRevoked } from './ending.ts';
import type { Endpoint } from './invocation.ts';
import { CallText, code, PublicationText } from './messages.ts';
import { PayloadText } from './payload-text.ts';
import type { PendingAnswers } from './pending.ts';
import { type EventHandler, Registering } from './registering.ts';
import type { Wire } from './wire.ts';

/** The router's answer to a publication. */
export interface Acknowledgement {
  /** The publication id. */
  readonly id: number;
}

/** Positional and keyword results of a call. */
export interface CallResult {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** WAMP's options of CALL, and what this side does with them. */
export interface CallOptions<Result = CallResult> {
  /** Milliseconds until the router gives up. */
  readonly timeout?: number | undefined;
  readonly disclose_me?: boolean | undefined;
  /** On whose behalf the call is made: one for each session that it has passed, the first one first. */
  readonly forward_for?: readonly ForwardedFor[] | undefined;
  /** Receives progressive results. */
  readonly onProgress?: ((progress: Result) => void) | undefined;
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** One hop of a call that is made on behalf of somebody else. */
export interface ForwardedFor {
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
}

/**
 * A WAMP session that was joined. Everything that waits for an answer ends with `SessionLostError` when the session
 * is lost. Made by {@link joinSession}.
 */
export class Session implements AsyncDisposable {
  /** The session id that the router gave. */
  readonly id: number;
  /** Aborted when the session ends; its reason is a `SessionLostError`. */
  readonly lost: AbortSignal;
  readonly #autobahn: AutobahnSession;
  readonly #wire: Wire;
  readonly #pending: PendingAnswers;
  readonly #registering: Registering;

  /** @internal */
  constructor(autobahn: AutobahnSession, wire: Wire, pending: PendingAnswers) {
    this.id = autobahn.id ?? 0;
    this.lost = wire.lost;
    this.#autobahn = autobahn;
    this.#wire = wire;
    this.#pending = pending;
    this.#registering = new Registering(autobahn, wire, pending);
  }

  /**
   * Publishes JSON text as it is, acknowledged.
   *
   * @returns what the router acknowledges, with its publication id.
   * @throws `WampError` if the router refuses it, `SessionLostError` if it may not have arrived.
   */
  publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement> {
    // Not async: on this path a promise more for every publication can be measured.
    try {
      this.lost.throwIfAborted();
      const text = new PublicationText(withAcknowledge(options), topic, args, kwargs);
      return this.#autobahn.publish(topic, [text], undefined, acknowledged()) as Promise<Acknowledgement>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Publishes; with the option `acknowledge` it waits for the router's answer, without for nothing. */
  async publish(
    topic: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
    options: object = {},
  ): Promise<number | undefined> {
    this.lost.throwIfAborted();
    const text = new PublicationText(
      stringify(options),
      topic,
      stringify(args),
      Object.keys(kwargs).length > 0 ? stringify(kwargs) : '',
    );
    const wanted = (options as { acknowledge?: boolean }).acknowledge ? acknowledged() : {};
    const answer = this.#autobahn.publish(topic, [text], undefined, wanted);
    return (await answer)?.id;
  }

  /**
   * Subscribes; resolves, once the router has the subscription, with what ends it. To end it twice, or after the session is lost, does
   * no harm. Any number can be asked for at once, and is on its way at once; what concerns the same topic goes in turn.
   *
   * Handlers of the same topic share one subscription at the router: a retained event that one of them has asked for reaches all of them,
   * marked as `retained`.
   *
   * @param options those of SUBSCRIBE.
   * @param onRevoked told when the router ends the subscription by itself.
   * @throws `WampError` if the router refuses, `SessionLostError` if no answer can come any more.
   */
  async subscribe(
    topic: string,
    handler: EventHandler,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    this.lost.throwIfAborted();
    return this.#registering.subscribe(topic, handler, options, onRevoked);
  }

  /**
   * Registers a procedure; resolves, once the router has the registration, with what ends it. To end it twice, or after the session is
   * lost, does no harm. Any number can be asked for at once, and is on its way at once.
   *
   * @param options those of REGISTER.
   * @param onRevoked told when the router ends the registration by itself, as by `force_reregister` of another callee.
   * @throws `WampError` if the router refuses, `SessionLostError` if no answer can come any more.
   */
  async register(
    procedure: string,
    endpoint: Endpoint,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    this.lost.throwIfAborted();
    return this.#registering.register(procedure, endpoint, options, onRevoked);
  }

  /**
   * Calls a procedure.
   *
   * @throws `WampError` with the error of the callee or the router, `SessionLostError` if no answer can come any more.
   */
  async call(
    procedure: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
    options: CallOptions = {},
  ): Promise<CallResult> {
    this.lost.throwIfAborted();
    options.signal?.throwIfAborted();
    // Through JSON first: AutobahnJS would not forget a request that cannot be sent.
    const payload = parseLossless(stringify([args, kwargs])) as [unknown[], object];
    const { answer } = this.#send(procedure, payload, options, options.onProgress);
    return (await answer) as CallResult;
  }

  /**
   * Calls a procedure with JSON text as it is, and gives the results as the text that they came as.
   *
   * @throws as {@link call}.
   */
  async callText(
    procedure: string,
    payload: PayloadText,
    options: CallOptions<PayloadText> = {},
  ): Promise<PayloadText> {
    this.lost.throwIfAborted();
    options.signal?.throwIfAborted();
    const { onProgress } = options;
    const onText = onProgress && ((progress: PayloadText | CallResult) => onProgress(asText(progress)));
    const { request, answer } = this.#send(procedure, [[new CallText(procedure, payload)]], options, onText);
    const { textCalls } = this.#wire;
    textCalls.add(request);
    try {
      return asText((await answer) as PayloadText | CallResult);
    } finally {
      textCalls.delete(request);
    }
  }

  /** Resolves when the transport has taken what was sent so far, or nearly so. */
  drained(): Promise<void> {
    return this.#wire.drained();
  }

  /**
   * Takes nothing more from the router: no event, no call, and no answer either, so that what waits for one waits on. Nothing is read from
   * the socket, which holds the router back; how long it puts up with that, and with how much, is its own affair. Pings do not count
   * meanwhile, and the loss of the connection may be noticed after {@link resume} only.
   *
   * @returns whether the session can be held back; only one that is borrowed cannot.
   */
  pause(): boolean {
    this.#wire.pause();
    return true;
  }

  /** Takes again what comes, beginning with what was held back, in its order. */
  resume(): void {
    this.#wire.resume();
  }

  /** Says GOODBYE and closes the transport. */
  async leave(): Promise<void> {
    if (!this.lost.aborted) await this.#wire.leave(() => this.#autobahn.leave());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  #send<Result>(
    procedure: string,
    [args, kwargs]: readonly [unknown[], object?],
    { onProgress: _, signal, ...options }: CallOptions<Result>,
    onProgress: ((progress: never) => void) | undefined,
  ): { request: number; answer: Promise<unknown> } {
    const sent = { ...options, ...(onProgress && { receive_progress: true }) };
    const answer = Promise.resolve(this.#autobahn.call(procedure, args, kwargs, sent));
    if (onProgress) this.#pending.directProgress(onProgress as (progress: unknown) => void);
    const request = this.#wire.latestRequest;
    return { request, answer: signal ? this.#cancelledBy(signal, request, answer) : answer };
  }

  async #cancelledBy(signal: AbortSignal, request: number, answer: Promise<unknown>): Promise<unknown> {
    const cancel = () => {
      if (!this.lost.aborted) this.#wire.send([code.CANCEL, request, { mode: 'kill' }]);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await answer;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

/** A router may have written a result in a way that had to be parsed. */
function asText(result: PayloadText | CallResult): PayloadText {
  if (result instanceof PayloadText) return result;
  const { args, kwargs } = result;
  return new PayloadText(stringify(args), Object.keys(kwargs).length > 0 ? stringify(kwargs) : '');
}

/** AutobahnJS keeps the options, so each request has its own. */
function acknowledged(): { acknowledge: true } {
  return { acknowledge: true };
}

function withAcknowledge(options: string): string {
  return options === ''
    ? '{"acknowledge":true}'
    : stringify({ ...(parsePart('options', options) as object), acknowledge: true });
}

function ignore(): void {}
