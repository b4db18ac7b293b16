import type { PayloadText } from './payload-text.ts';

/** The router's acknowledgement of a publication. */
export interface Acknowledgement {
  /** The publication id. */
  readonly id: number;
}

/** Receives the outcome of a publication. `Promise.withResolvers()` returns one. */
export interface PublicationAnswer {
  resolve(acknowledgement: Acknowledgement): void;
  reject(error: unknown): void;
}

/** Positional and keyword results of a call. */
export interface CallResult {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** The options of a CALL, and the receiver of progressive results. */
export interface StartOptions<Result = PayloadText> {
  /** Milliseconds until the router cancels the call. */
  readonly timeout?: number | undefined;
  readonly disclose_me?: boolean | undefined;
  /** The sessions that the call was forwarded for, the first caller first. */
  readonly forward_for?: readonly ForwardedFor[] | undefined;
  /** Receives progressive results. */
  readonly onProgress?: ((progress: Result) => void) | undefined;
}

/** The options of a CALL, including options of this client. */
export interface CallOptions extends StartOptions<CallResult> {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** Receives the outcome of a call. */
export interface CallAnswer {
  readonly keepsText: true;
  resolve(result: PayloadText): void;
  reject(error: unknown): void;
  /** Receives progressive results, if the options request them. */
  onProgress?(progress: PayloadText): void;
}

/** A call in progress. */
export interface StartedCall<Result = PayloadText> {
  /**
   * The result. Rejects with `WampError` for an error of the callee or the router, and with `SessionLostError` if no
   * answer can arrive any more.
   */
  readonly result: Promise<Result>;
  /**
   * Requests the router to cancel the call, which then rejects. Does nothing if the call has ended.
   *
   * @param reason rejects the call with this reason at once. A callee may ignore INTERRUPT, and then no answer arrives.
   */
  cancel(reason?: unknown): void;
}

/** One hop of a forwarded call. */
export interface ForwardedFor {
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
}

/** All details of the EVENT, with these additions. */
export interface EventDetails extends Readonly<Record<string, unknown>> {
  readonly publication: number;
  /** The topic of the publication, also if the subscription is for a pattern. */
  readonly topic: string;
}

/** Handles events. It must not throw, and its result is ignored. */
export type EventHandler = (args: unknown[], kwargs: Record<string, unknown>, details: EventDetails) => void;

/** Sends a progressive result. See {@link InvocationDetails.progress}. */
export type Progress = (payload?: PayloadText | readonly unknown[], kwargs?: object) => Promise<void>;

/** All details of the INVOCATION, with these additions. */
export interface InvocationDetails extends Readonly<Record<string, unknown>> {
  /** The called procedure, also if the registration is for a pattern. */
  readonly procedure: string;
  /**
   * Aborts when the call is interrupted or the session is lost. The reason is a `WampError` with the mode of the
   * INTERRUPT in `kwargs.mode`, or a `SessionLostError`. After that, the result or error of the endpoint is ignored,
   * because the caller has been answered. The signal is created on first access, so an unused signal costs nothing.
   */
  readonly signal: AbortSignal;
  /**
   * Sends a progressive result; null if the caller did not request progressive results. It throws if the result cannot
   * be sent. After the signal has aborted, it throws the signal's reason. It resolves when more may be sent. An
   * endpoint that awaits it does not fill the memory if the transport is slow.
   */
  readonly progress: Progress | null;
}

/**
 * Handles calls. It may return nothing, a {@link PayloadText}, an object with `args` and `kwargs`, or one value. If it
 * throws a `WampError`, the caller receives that error. Any other error becomes `wamp.error.runtime_error` with its
 * message.
 */
export type Endpoint = (args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails) => unknown;

/** Called when the router ends a registration or a subscription on its own. */
export type OnRevoked = (reason: unknown) => void;

/**
 * A WAMP session that has joined a realm. If the session is lost, all pending requests reject with `SessionLostError`.
 * A message that the router would refuse because of its size, depth or form is not sent: only this request fails.
 */
export interface Session extends AsyncDisposable {
  /** The session id that the router has assigned. */
  readonly id: number;
  /** Aborts when the session ends. Its reason is a `SessionLostError`. */
  readonly lost: AbortSignal;

  /**
   * Publishes JSON text with acknowledgement.
   *
   * @param options a JSON object, or empty.
   * @param args a JSON array, or empty.
   * @param kwargs a JSON object, or empty.
   * @returns the router's acknowledgement, with the publication id.
   * @throws `WampError` if it cannot be sent or the router refuses it; `SessionLostError` if it is unknown whether it
   *   arrived.
   */
  publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement>;

  /**
   * Publishes like {@link publishText}, and reports the outcome to `answer`: a promise for each publication would cost
   * measurable time. Never throws.
   */
  startPublication(options: string, topic: string, args: string, kwargs: string, answer: PublicationAnswer): void;

  /**
   * Publishes values. With the option `acknowledge`, it waits for the router's acknowledgement and returns the
   * publication id.
   */
  publish(topic: string, args?: readonly unknown[], kwargs?: object, options?: object): Promise<number | undefined>;

  /**
   * Subscribes to a topic. When the router has confirmed the subscription, the promise resolves with a function that
   * ends it. Repeated calls of this function, and calls after the loss of the session, do nothing. Any number of
   * subscriptions may be requested concurrently. Requests for the same topic run one after the other.
   *
   * Handlers of the same topic share one subscription at the router. A retained event that one of them has requested
   * reaches all of them, marked as `retained`.
   *
   * @param options the options of SUBSCRIBE.
   * @param onRevoked called when the router ends the subscription on its own.
   * @throws `WampError` if the router refuses; `SessionLostError` if no answer can arrive any more.
   */
  subscribe(
    topic: string,
    handler: EventHandler,
    options?: object,
    onRevoked?: OnRevoked,
  ): Promise<() => Promise<void>>;

  /**
   * Registers a procedure. When the router has confirmed the registration, the promise resolves with a function that
   * ends it. Repeated calls of this function, and calls after the loss of the session, do nothing.
   *
   * @param options the options of REGISTER.
   * @param onRevoked called when the router ends the registration on its own, for example because another callee has
   *   registered with `force_reregister`.
   * @throws `WampError` if the router refuses; `SessionLostError` if no answer can arrive any more.
   */
  register(
    procedure: string,
    endpoint: Endpoint,
    options?: object,
    onRevoked?: OnRevoked,
  ): Promise<() => Promise<void>>;

  /**
   * Calls a procedure with values.
   *
   * @throws `WampError` if the call cannot be sent, or with the error of the callee or the router; `SessionLostError`
   *   if no answer can arrive any more.
   */
  call(procedure: string, args?: readonly unknown[], kwargs?: object, options?: CallOptions): Promise<CallResult>;

  /**
   * Calls a procedure with JSON text, and returns results as text. It takes no `AbortSignal`, because for many calls
   * the signals would cost as much as everything else.
   *
   * @throws `WampError` if the call cannot be sent; `SessionLostError` if the session is lost.
   */
  startCall(procedure: string, payload: PayloadText, options?: StartOptions): StartedCall;

  /**
   * Calls like {@link startCall}, and reports the outcome to `answer`: promises for each call would cost measurable time.
   *
   * @param options the options of CALL. A dictionary of `constantDict` is only written once.
   * @returns the function that cancels the call, see {@link StartedCall.cancel}. The answer may be called again when the
   *   router answers after it.
   * @throws as {@link startCall}.
   */
  beginCall(
    procedure: string,
    payload: PayloadText,
    options: Readonly<Record<string, unknown>>,
    answer: CallAnswer,
  ): StartedCall['cancel'];

  /**
   * Stops receiving messages from the router: events, calls and answers. Nothing is read from the socket, so the router
   * has to buffer messages, within its limits of time and size. The loss of the connection may only be noticed after
   * {@link resume}.
   *
   * @returns whether the session can be paused. Only an external session cannot.
   */
  pause(): boolean;

  /** Receives messages again, starting with the held back ones, in order. */
  resume(): void;

  /** Resolves when the transport has taken all, or nearly all, sent messages. */
  drained(): Promise<void>;

  /** Leaves the realm: sends GOODBYE and closes the transport. An external session is left open for the application. */
  leave(): Promise<void>;
}
