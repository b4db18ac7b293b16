import type { PayloadText } from './payload-text.ts';

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

/** WAMP's options of CALL, and who receives progressive results. */
export interface StartOptions<Result = PayloadText> {
  /** Milliseconds until the router gives up. */
  readonly timeout?: number | undefined;
  readonly disclose_me?: boolean | undefined;
  /** On whose behalf the call is made: one for each session that it has passed, the first one first. */
  readonly forward_for?: readonly ForwardedFor[] | undefined;
  /** Receives progressive results. */
  readonly onProgress?: ((progress: Result) => void) | undefined;
}

/** WAMP's options of CALL, and what this side does with them. */
export interface CallOptions extends StartOptions<CallResult> {
  /** Cancels the call. */
  readonly signal?: AbortSignal | undefined;
}

/** A call that was sent. */
export interface StartedCall<Result = PayloadText> {
  /** How it ends; `WampError` with the error of the callee or the router, `SessionLostError` if no answer can come any more. */
  readonly result: Promise<Result>;
  /** Asks the router to end the call, which is its result then. Does nothing when the call has ended. */
  cancel(): void;
}

/** One hop of a call that is made on behalf of somebody else. */
export interface ForwardedFor {
  readonly session: number;
  readonly authid: string;
  readonly authrole: string;
}

/** What a handler is told of an event: all details of the EVENT, and these. */
export interface EventDetails extends Readonly<Record<string, unknown>> {
  readonly publication: number;
  /** The topic that was published to, also where the subscription is for a pattern. */
  readonly topic: string;
}

/** Handles events; it must not throw, and nobody waits for it. */
export type EventHandler = (args: unknown[], kwargs: Record<string, unknown>, details: EventDetails) => void;

/** Sends a progressive result; see {@link InvocationDetails.progress}. */
export type Progress = (payload?: PayloadText | readonly unknown[], kwargs?: object) => Promise<void>;

/** What an endpoint is told of a call: all details of the INVOCATION, and these. */
export interface InvocationDetails extends Readonly<Record<string, unknown>> {
  /** The URI that was called, also where the registration is for a pattern. */
  readonly procedure: string;
  /**
   * Aborted when the call is interrupted or the session is lost. The reason is a `WampError` with the mode of the
   * INTERRUPT in `kwargs.mode`, or a `SessionLostError`. The caller has its answer then: the endpoint's result or error
   * is ignored. It is made when it is asked for, so that it costs nothing for an endpoint that does not look.
   */
  readonly signal: AbortSignal;
  /**
   * Sends a progressive result; null if the caller wants none. It throws what cannot be sent, and the reason of the
   * signal once that has aborted. It resolves when there is room for more: an endpoint that awaits it is held back by a
   * slow transport, which bounds memory.
   */
  readonly progress: Progress | null;
}

/**
 * Serves calls. What it returns is the result: nothing, a {@link PayloadText}, an object with `args` and `kwargs`, or
 * one value. A `WampError` that it throws is the error; any other error is `wamp.error.runtime_error` with its message.
 */
export type Endpoint = (args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails) => unknown;

/** Told when the router ends a registration or a subscription by itself. */
export type OnRevoked = (reason: unknown) => void;

/**
 * A WAMP session that has joined a realm. Everything that waits for an answer ends with `SessionLostError` when the
 * session is lost. A message that the router would refuse for its size, its depth or its form is not sent, and fails
 * alone.
 */
export interface Session extends AsyncDisposable {
  /** The session id that the router gave. */
  readonly id: number;
  /** Aborted when the session ends; its reason is a `SessionLostError`. */
  readonly lost: AbortSignal;

  /**
   * Publishes JSON text, acknowledged.
   *
   * @param options a JSON object, or empty.
   * @param args a JSON array, or empty.
   * @param kwargs a JSON object, or empty.
   * @returns the router's acknowledgement, with the publication id.
   * @throws `WampError` if it cannot be sent or the router refuses it, `SessionLostError` if it may not have arrived.
   */
  publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement>;

  /** Publishes values; with the option `acknowledge` it waits for the router's answer, which has the publication id. */
  publish(topic: string, args?: readonly unknown[], kwargs?: object, options?: object): Promise<number | undefined>;

  /**
   * Subscribes; resolves, once the router has the subscription, with a function that ends it. To call that twice, or
   * after the session is lost, does no harm. Any number can be asked for at the same time; requests for the same topic go
   * one after the other.
   *
   * Handlers of the same topic share one subscription at the router: a retained event that one of them has asked for
   * reaches all of them, marked as `retained`.
   *
   * @param options those of SUBSCRIBE.
   * @param onRevoked told when the router ends the subscription by itself.
   * @throws `WampError` if the router refuses, `SessionLostError` if no answer can come any more.
   */
  subscribe(
    topic: string,
    handler: EventHandler,
    options?: object,
    onRevoked?: OnRevoked,
  ): Promise<() => Promise<void>>;

  /**
   * Registers a procedure; resolves, once the router has the registration, with a function that ends it. To call that
   * twice, or after the session is lost, does no harm.
   *
   * @param options those of REGISTER.
   * @param onRevoked told when the router ends the registration by itself, for example because another callee has
   *   registered with `force_reregister`.
   * @throws `WampError` if the router refuses, `SessionLostError` if no answer can come any more.
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
   * @throws `WampError` if the call cannot be sent, or with the error of the callee or the router; `SessionLostError` if
   *   no answer can come any more.
   */
  call(procedure: string, args?: readonly unknown[], kwargs?: object, options?: CallOptions): Promise<CallResult>;

  /**
   * Calls a procedure with JSON text, and gives the results as text. An `AbortSignal` for each of many calls would cost as much as
   * all else.
   *
   * @throws `WampError` if the call cannot be sent, `SessionLostError` if the session is lost already.
   */
  startCall(procedure: string, payload: PayloadText, options?: StartOptions): StartedCall;

  /**
   * Takes nothing more from the router: no event, no call, and no answer either. Nothing is read from the socket, which
   * holds the router back; its limits say for how long and for how much. The loss of the connection may be noticed after
   * {@link resume} only.
   *
   * @returns whether the session can be held back; only an external one cannot.
   */
  pause(): boolean;

  /** Takes again what comes, beginning with what was held back, in its order. */
  resume(): void;

  /** Resolves when the transport has taken what was sent so far, or nearly so. */
  drained(): Promise<void>;

  /** Leaves the realm: says GOODBYE and closes the transport, or gives an external session back to the application. */
  leave(): Promise<void>;
}
