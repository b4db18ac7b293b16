import { type HeadElement, IdSequence, MessageType, type Payload } from '@pgwamp/protocol';
import { WampError } from '../errors.ts';
import type { TextCalls } from './incoming.ts';
import { PayloadText } from './payload-text.ts';
import { type OnProgress, PendingRequest, PendingRequests } from './pending-requests.ts';

/** Sends the requests of a session. */
export interface RequestChannel {
  /** @throws if the message cannot be sent. */
  send(head: readonly HeadElement[], payload?: Payload): void;
}

/**
 * The publications and calls that wait for an answer. AutobahnJS handles the rare requests. The frequent ones bypass
 * it, with ids from the same sequence.
 */
export class Requests {
  readonly #channel: RequestChannel;
  readonly #ids = new IdSequence();
  readonly #waiting = new PendingRequests();

  constructor(channel: RequestChannel) {
    this.#channel = channel;
  }

  /** Number of pending requests. */
  get count(): number {
    return this.#waiting.count;
  }

  /** The calls whose results remain text. */
  get textCalls(): TextCalls {
    return this.#waiting.textCalls;
  }

  /** The id of the request that was sent last. */
  get last(): number {
    return this.#ids.last;
  }

  /** Whether a request is pending. */
  has(request: number): boolean {
    return this.#waiting.get(request) !== undefined;
  }

  /** Sends a request of AutobahnJS with the next id of the session's sequence, and returns this id. */
  forward(message: readonly HeadElement[]): number {
    this.#channel.send(message.with(1, this.#ids.following));
    return this.#ids.next();
  }

  /** Sends a PUBLISH without acknowledgement. */
  publishUnacknowledged(options: Readonly<Record<string, unknown>>, topic: string, payload: PayloadText): void {
    this.#channel.send([MessageType.PUBLISH, this.#ids.following, options, topic], payload);
    this.#ids.next();
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param keepsText whether results remain text.
   * @throws if the request cannot be sent. Then its id remains unused.
   */
  ask(
    type: number,
    options: Readonly<Record<string, unknown>>,
    uri: string,
    payload: PayloadText,
    { onProgress, keepsText = false }: { onProgress?: OnProgress | undefined; keepsText?: boolean } = {},
  ): Promise<unknown> {
    this.#channel.send([type, this.#ids.following, options, uri], payload);
    const pending = new PendingRequest(this.#ids.next(), onProgress, keepsText);
    this.#waiting.add(pending);
    return pending.promise;
  }

  /** Handles PUBLISHED and RESULT. An answer without a pending request is ignored. */
  take([type, request, details, args, kwargs]: readonly unknown[]): void {
    const id = request as number;
    if (type === MessageType.PUBLISHED) this.#waiting.take(id)?.resolve({ id: details });
    else if ((details as { progress?: boolean }).progress) {
      const pending = this.#waiting.get(id);
      pending?.onProgress?.(resultOf(pending, args, kwargs));
    } else {
      const pending = this.#waiting.take(id);
      pending?.resolve(resultOf(pending, args, kwargs));
    }
  }

  /** Handles the ERROR of a PUBLISH or a CALL. */
  fail([, , request, , uri, args, kwargs]: readonly unknown[]): void {
    const error = new WampError(String(uri), args as unknown[] | undefined, kwargs as object | undefined as never);
    this.#waiting.take(request as number)?.reject(error);
  }

  /** Rejects all pending requests. */
  rejectAll(error: Error): void {
    for (const pending of this.#waiting.takeAll()) pending.reject(error);
  }
}

/**
 * Results are values if the serializer is not JSON, or if the router writes JSON with white space. They are converted
 * to text here.
 */
function resultOf({ keepsText }: PendingRequest, args: unknown = [], kwargs: unknown = {}): unknown {
  if (!Array.isArray(args)) return args;
  return keepsText ? PayloadText.of(args, kwargs as object) : { args, kwargs };
}
