import { type HeadElement, IdSequence, MessageType, type Payload } from '@pgwamp/protocol';
import { WampError } from '../errors.ts';
import { PayloadText } from './payload-text.ts';

/** Where the requests of a session go. */
export interface RequestChannel {
  /** @throws if the message cannot be sent. */
  send(head: readonly HeadElement[], payload?: Payload): void;
  /** The calls whose results stay text. */
  readonly textCalls: Set<number>;
}

/**
 * The publications and calls that wait for an answer. AutobahnJS does the rare requests; these, which are many, go
 * straight, and draw their ids from the same sequence.
 */
export class Requests {
  readonly #channel: RequestChannel;
  readonly #ids = new IdSequence();
  readonly #waiting = new Map<number, PendingRequest>();

  constructor(channel: RequestChannel) {
    this.#channel = channel;
  }

  /** How many wait. */
  get count(): number {
    return this.#waiting.size;
  }

  /** The id of the request that was sent last. */
  get last(): number {
    return this.#ids.last;
  }

  /** Whether a request waits. */
  has(request: number): boolean {
    return this.#waiting.has(request);
  }

  /** Sends a request that AutobahnJS has made, under an id of the session's sequence, which it returns. */
  forward(message: readonly HeadElement[]): number {
    this.#channel.send(message.with(1, this.#ids.following));
    return this.#ids.next();
  }

  /** Sends a PUBLISH that nobody answers. */
  tell(options: Readonly<Record<string, unknown>>, topic: string, payload: PayloadText): void {
    this.#channel.send([MessageType.PUBLISH, this.#ids.following, options, topic], payload);
    this.#ids.next();
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param keepsText whether results are text.
   * @throws if it cannot be sent; then its id is not used.
   */
  ask(
    type: number,
    options: Readonly<Record<string, unknown>>,
    uri: string,
    payload: PayloadText,
    { onProgress, keepsText = false }: { onProgress?: OnProgress | undefined; keepsText?: boolean } = {},
  ): Promise<unknown> {
    this.#channel.send([type, this.#ids.following, options, uri], payload);
    const request = this.#ids.next();
    if (keepsText) this.#channel.textCalls.add(request);
    const pending = new PendingRequest(onProgress, keepsText);
    this.#waiting.set(request, pending);
    return pending.promise;
  }

  /** Takes PUBLISHED and RESULT. What nobody waits for is ignored. */
  take([type, request, details, args, kwargs]: readonly unknown[]): void {
    if (type === MessageType.PUBLISHED) this.#end(request)?.resolve({ id: details });
    else if ((details as { progress?: boolean }).progress) {
      const pending = this.#waiting.get(request as number);
      pending?.onProgress?.(resultOf(pending, args, kwargs));
    } else {
      const pending = this.#end(request);
      pending?.resolve(resultOf(pending, args, kwargs));
    }
  }

  /** Takes the ERROR of a PUBLISH or a CALL. */
  fail([, , request, , uri, args, kwargs]: readonly unknown[]): void {
    const error = new WampError(String(uri), args as unknown[] | undefined, kwargs as object | undefined as never);
    this.#end(request)?.reject(error);
  }

  /** Ends all that wait. */
  rejectAll(error: Error): void {
    for (const pending of this.#waiting.values()) pending.reject(error);
    this.#waiting.clear();
    this.#channel.textCalls.clear();
  }

  #end(request: unknown): PendingRequest | undefined {
    const pending = this.#waiting.get(request as number);
    this.#waiting.delete(request as number);
    this.#channel.textCalls.delete(request as number);
    return pending;
  }
}

/** Receives progressive results, as text or as values. */
type OnProgress = (progress: unknown) => void;

/** One that waits; a class, since there is one for every message of a fast publisher. */
class PendingRequest {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: OnProgress | undefined;
  readonly keepsText: boolean;

  constructor(onProgress: OnProgress | undefined, keepsText: boolean) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
    this.onProgress = onProgress;
    this.keepsText = keepsText;
  }
}

/** A serializer other than JSON, or a router that writes JSON with blanks, gives values also where text is kept. */
function resultOf({ keepsText }: PendingRequest, args: unknown = [], kwargs: unknown = {}): unknown {
  if (!Array.isArray(args)) return args;
  return keepsText ? PayloadText.of(args, kwargs as object) : { args, kwargs };
}
