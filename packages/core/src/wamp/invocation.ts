import { EMPTY_DICT, type HeadElement, MessageType } from '@pgwamp/protocol';
import { WampError } from '../errors.ts';
import { asWampError, PayloadText, resultPayload } from './payload-text.ts';
import type { Endpoint, InvocationDetails, Progress } from './session.ts';

const PROGRESS = Object.freeze({ progress: true });

/** Sends the answers of invocations to the router. */
export interface ReplyChannel {
  /** @throws the same errors as `RouterConnection.send`. */
  send(head: readonly HeadElement[], payload: PayloadText): void;
  /** Sends the final answer of an invocation. Never throws. */
  reply(invocation: Invocation, head: readonly HeadElement[], payload: () => PayloadText): void;
  drained(): Promise<void>;
}

/** A running call of an endpoint. It is answered exactly once. */
export class Invocation {
  readonly request: number;
  readonly #channel: ReplyChannel;
  #controller: AbortController | undefined;
  #end: unknown;
  #ended = false;

  constructor(request: number, channel: ReplyChannel) {
    this.request = request;
    this.#channel = channel;
  }

  /** Aborts when the call ends before its endpoint has finished. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#end !== undefined) this.#controller.abort(this.#end);
    }
    return this.#controller.signal;
  }

  run(endpoint: Endpoint, args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails): void {
    try {
      const outcome = endpoint(args, kwargs, details);
      if (isPromiseLike(outcome)) outcome.then(this.#yield, this.#fail);
      else this.#yield(outcome);
    } catch (error) {
      this.#fail(error);
    }
  }

  readonly progress: Progress = (payload = [], kwargs = {}) => {
    if (this.#ended) throw this.#end ?? new WampError('wamp.error.canceled', ['the call has ended']);
    const text = payload instanceof PayloadText ? payload : PayloadText.of(payload, kwargs);
    this.#channel.send([MessageType.YIELD, this.request, PROGRESS], text);
    return this.#channel.drained();
  };

  /** The caller cancels the call or no longer waits for it. */
  interrupt({ mode = 'kill', reason }: Readonly<Record<string, unknown>>): void {
    const error = new WampError(typeof reason === 'string' ? reason : 'wamp.error.canceled', [], { mode });
    this.#error(error.error, () => new PayloadText(''));
    this.lose(error);
  }

  /** Ends the invocation because it can no longer be answered. */
  lose(reason: Error): void {
    this.#ended = true;
    this.#end = reason;
    this.#controller?.abort(reason);
  }

  readonly #yield = (result: unknown) => {
    this.#reply([MessageType.YIELD, this.request, EMPTY_DICT], () => resultPayload(result));
  };

  readonly #fail = (error: unknown) => {
    const { error: uri, args, kwargs } = asWampError(error);
    this.#error(uri, () => PayloadText.of(args, kwargs));
  };

  #error(uri: string, payload: () => PayloadText): void {
    this.#reply([MessageType.ERROR, MessageType.INVOCATION, this.request, EMPTY_DICT, uri], payload);
  }

  #reply(head: readonly HeadElement[], payload: () => PayloadText): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#channel.reply(this, head, payload);
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** The details of a call. A class, because creating an object with an accessor takes as long as the rest of a call. */
export class CallDetails implements InvocationDetails {
  readonly [detail: string]: unknown;
  readonly procedure: string;
  readonly progress: Progress | null;
  readonly #invocation: Invocation;

  /** @param sent the details sent by the router. */
  constructor(invocation: Invocation, procedure: string, sent: Readonly<Record<string, unknown>>) {
    this.#invocation = invocation;
    this.procedure = procedure;
    Object.assign(this, sent);
    this.progress = sent.receive_progress === true ? invocation.progress : null;
  }

  get signal(): AbortSignal {
    return this.#invocation.signal;
  }

  /** Ignores a detail with this name that a router may send. */
  set signal(_detail: unknown) {}
}
