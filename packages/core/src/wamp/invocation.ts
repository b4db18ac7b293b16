import { WampError } from '../errors.ts';
import { code } from './messages.ts';
import { asWampError, payloadOf, resultOf } from './payload.ts';
import type { PayloadText } from './payload-text.ts';

/** Sends a progressive result; see {@link InvocationDetails.progress}. */
export type Progress = (payload?: PayloadText | readonly unknown[], kwargs?: object) => Promise<void>;

/** What an endpoint is told of a call: all details of the INVOCATION, and these. */
export interface InvocationDetails extends Readonly<Record<string, unknown>> {
  /** The URI that was called, also where the registration is for a pattern. */
  readonly procedure: string;
  /**
   * Aborted when the call is interrupted or the session is lost. The reason is a `WampError` with the mode of the INTERRUPT in
   * `kwargs.mode`, or a `SessionLostError`. The caller has its answer then: what the endpoint returns or throws is of
   * no interest any more. It is made when it is asked for, so that a call whose endpoint does not look costs nothing.
   */
  readonly signal: AbortSignal;
  /**
   * Sends a progressive result; null if the caller wants none. It throws what cannot be sent, and the reason of the signal once that
   * has aborted. It resolves when there is room for more: who awaits it is held back by a slow transport, and bounds memory.
   */
  readonly progress: Progress | null;
}

/**
 * Serves calls. What it returns is the result: nothing, a {@link PayloadText}, an object with `args` and `kwargs`, or one value. A
 * `WampError` that it throws is the error; any other error is `wamp.error.runtime_error` with its message.
 */
export type Endpoint = (args: unknown[], kwargs: Record<string, unknown>, details: InvocationDetails) => unknown;

/** The way of the answers. */
export interface AnswerLine {
  send(message: unknown[]): void;
  /** Sends the answer to an invocation; never throws. */
  answer(request: number, message: unknown[]): void;
  drained(): Promise<void>;
}

/** A call on its way through an endpoint; answered once, whatever happens. */
export class Invocation {
  readonly request: number;
  readonly #line: AnswerLine;
  readonly #settled: (request: number) => void;
  #controller: AbortController | undefined;
  #end: unknown;
  #ended = false;

  constructor(request: number, line: AnswerLine, settled: (request: number) => void) {
    this.request = request;
    this.#line = line;
    this.#settled = settled;
  }

  /** Aborted when the call ends before its endpoint has. */
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
    this.#line.send([code.YIELD, this.request, { progress: true }, ...payloadOf(payload, kwargs)]);
    return this.#line.drained();
  };

  /** The caller cancels, or does not wait any more. */
  interrupt({ mode = 'kill', reason }: Readonly<Record<string, unknown>>): void {
    const error = typeof reason === 'string' ? reason : 'wamp.error.canceled';
    this.#answer([code.ERROR, code.INVOCATION, this.request, {}, error]);
    this.lose(new WampError(error, [], { mode }));
  }

  /** Nobody can be answered any more. */
  lose(reason: Error): void {
    this.#ended = true;
    this.#end = reason;
    this.#controller?.abort(reason);
  }

  readonly #yield = (result: unknown) => {
    this.#answer([code.YIELD, this.request, {}, ...resultOf(result)]);
  };

  readonly #fail = (error: unknown) => {
    const { error: uri, args, kwargs } = asWampError(error);
    this.#answer([code.ERROR, code.INVOCATION, this.request, {}, uri, ...payloadOf(args, kwargs)]);
  };

  #answer(message: unknown[]): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#settled(this.request);
    this.#line.answer(this.request, message);
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
