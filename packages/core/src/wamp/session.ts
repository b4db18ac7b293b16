import { parseLossless, parsePart, stringify } from '../json.ts';
import type { AutobahnSession } from './autobahn.ts';
import { invoke } from './invocation.ts';
import { code, PublicationText } from './messages.ts';
import type { PendingAnswers } from './pending.ts';
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
export interface CallOptions {
  /** Milliseconds until the router gives up. */
  readonly timeout?: number;
  readonly disclose_me?: boolean;
  /** Receives progressive results. */
  readonly onProgress?: (progress: CallResult) => void;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/** What an endpoint is told of a call. */
export interface InvocationDetails extends Readonly<Record<string, unknown>> {
  readonly procedure: string;
  /** Aborted when the caller cancels. */
  readonly signal: AbortSignal;
  /** Sends a progressive result; null if the caller wants none. */
  readonly progress: ((args?: unknown[], kwargs?: object) => void) | null;
}

/** Serves calls: what it returns is the result; a `WampError` that it throws is the error. */
export type Endpoint = (args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails) => unknown;

/** Handles events. */
export type EventHandler = (args: unknown[], kwargs: Record<string, unknown>, details: unknown) => void;

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

  /** @internal */
  constructor(autobahn: AutobahnSession, wire: Wire, pending: PendingAnswers) {
    this.id = autobahn.id ?? 0;
    this.lost = wire.lost;
    this.#autobahn = autobahn;
    this.#wire = wire;
    this.#pending = pending;
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

  /** Subscribes; resolves, once the router has the subscription, with what ends it. */
  async subscribe(topic: string, handler: EventHandler, options: object = {}): Promise<() => Promise<void>> {
    this.lost.throwIfAborted();
    const subscription = await this.#autobahn.subscribe(topic, handler, { ...options });
    return async () => {
      // Not at once: within a handler, AutobahnJS would skip the next handler of the same topic.
      await Promise.resolve();
      await this.#autobahn.unsubscribe(subscription);
    };
  }

  /** Registers a procedure; resolves, once the router has the registration, with what ends it. */
  async register(procedure: string, endpoint: Endpoint, options: object = {}): Promise<() => Promise<void>> {
    this.lost.throwIfAborted();
    const wrapped = invoke(endpoint, procedure, this.#wire);
    const registration = await this.#autobahn.register(procedure, wrapped, { ...options });
    return async () => {
      await this.#autobahn.unregister(registration);
    };
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
    const { onProgress, signal, ...rest } = options;
    signal?.throwIfAborted();
    // Through JSON first: AutobahnJS would not forget a request that cannot be sent.
    const payload = parseLossless(stringify([args, kwargs])) as [unknown[], object];
    const answer = this.#autobahn.call(procedure, payload[0], payload[1], {
      ...rest,
      ...(onProgress && { receive_progress: true }),
    });
    if (onProgress) this.#pending.directProgress((progress) => onProgress(progress as CallResult));
    const request = this.#wire.latestRequest;
    const cancel = () => this.#wire.send([code.CANCEL, request, { mode: 'kill' }]);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return (await answer) as CallResult;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Resolves when the transport has taken what was sent so far, or nearly so. */
  async drained(): Promise<void> {
    await this.#wire.drained();
  }

  /** Says GOODBYE and closes the transport. */
  async leave(): Promise<void> {
    if (!this.lost.aborted) await this.#wire.leave(() => this.#autobahn.leave());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }
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
