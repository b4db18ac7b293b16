import { EMPTY_DICT, type HeadElement, MessageType } from '@pgwamp/protocol';
import { constantDict } from '@pgwamp/protocol/internal';
import { WampError } from '../errors.ts';
import { asWampError, PayloadText, resultPayload } from './payload-text.ts';
import type { Endpoint, InvocationDetails, Progress } from './session.ts';

const PROGRESS = constantDict({ progress: true });

/** Sends the answers of invocations to the router. */
export interface ReplyChannel {
  /** @throws the same errors as `RouterConnection.send`. */
  send(head: readonly HeadElement[], payload: PayloadText): void;
  /** Sends the final answer of an invocation. Never throws. */
  reply(invocation: Invocation, head: readonly HeadElement[], payload: () => PayloadText): void;
  drained(): Promise<void>;
}

/** The means of an endpoint during its call. */
type CallMeans = Pick<InvocationDetails, 'signal' | 'progress'>;

/** A running call of an endpoint. It is answered exactly once. */
export class Invocation implements CallMeans {
  readonly request: number;
  readonly progress: Progress | null;
  readonly #channel: ReplyChannel;
  #controller: AbortController | undefined;
  #end: unknown;
  #ended = false;

  constructor(request: number, channel: ReplyChannel, wantsProgress: boolean) {
    this.request = request;
    this.#channel = channel;
    this.progress = wantsProgress ? (payload, kwargs) => this.#send(payload, kwargs) : null;
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
      if (!isPromiseLike(outcome)) this.#yield(outcome);
      else {
        outcome.then(
          (result) => this.#yield(result),
          (error: unknown) => this.#fail(error),
        );
      }
    } catch (error) {
      this.#fail(error);
    }
  }

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

  #send(payload: PayloadText | readonly unknown[] = [], kwargs: object = {}): Promise<void> {
    if (this.#ended) throw this.#end ?? new WampError('wamp.error.canceled', ['the call has ended']);
    const text = payload instanceof PayloadText ? payload : PayloadText.of(payload, kwargs);
    this.#channel.send([MessageType.YIELD, this.request, PROGRESS], text);
    return this.#channel.drained();
  }

  #yield(result: unknown): void {
    this.#reply([MessageType.YIELD, this.request, EMPTY_DICT], () => resultPayload(result));
  }

  #fail(error: unknown): void {
    const { error: uri, args, kwargs } = asWampError(error);
    this.#error(uri, () => PayloadText.of(args, kwargs));
  }

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

/**
 * The details of a call. Its own properties are the procedure and what the router sent. A class, because creating an
 * object with an accessor takes as long as the rest of a call.
 */
export class CallDetails implements InvocationDetails {
  readonly [detail: string]: unknown;
  readonly procedure: string;
  readonly #means: CallMeans;

  /** @param sent the details sent by the router. */
  constructor(procedure: string, sent: Readonly<Record<string, unknown>>, means: CallMeans) {
    this.#means = means;
    this.procedure = procedure;
    Object.assign(this, sent);
  }

  get signal(): AbortSignal {
    return this.#means.signal;
  }

  get progress(): Progress | null {
    return this.#means.progress;
  }

  // A router may send details with these names, which are ignored.
  set signal(_detail: unknown) {}
  set progress(_detail: unknown) {}
}
