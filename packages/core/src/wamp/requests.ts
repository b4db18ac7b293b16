import { type HeadElement, MessageType, type Payload } from '@pgwamp/protocol';
import { endOfBrackets } from '@pgwamp/protocol/internal';
import { WampError } from '../errors.ts';
import { PayloadText } from './payload-text.ts';

/** Sends the requests of a session. */
export interface RequestChannel {
  /** @throws if the message cannot be sent. */
  send(head: readonly HeadElement[], payload?: Payload): void;
}

/**
 * Receives the answer to a request. `Promise.withResolvers()` returns one. A fast publisher passes an object of its own,
 * because a promise for each publication costs measurable time.
 */
export interface Answer {
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** Receives progressive results, as text or as values. */
  onProgress?(progress: unknown): void;
  /** Whether results remain text. */
  readonly keepsText?: boolean;
}

/** The calls whose results remain text if they arrive as JSON. */
export interface TextCalls {
  readonly size: number;
  has(request: number): boolean;
}

/** The head of a RESULT as routers write it, without white space. */
const resultHead = /^\[50,(\d{1,16}),(?=\{)/;

/** A power of 2. */
const places = 1024;

/**
 * The publications and calls that wait for an answer. AutobahnJS handles the rare requests. The frequent ones bypass
 * it, with ids from the same sequence.
 *
 * Ids are consecutive, so each pending request has its own place in a fixed list. A Map would be reallocated repeatedly
 * when entries are added and removed at the same rate. If a request waits so long that a later one has the same place,
 * the later one is stored in a Map.
 */
export class Requests {
  /** The calls whose results remain text. */
  readonly textCalls: TextCalls & { size: number } = { size: 0, has: (id) => this.#find(id)?.keepsText === true };
  readonly #channel: RequestChannel;
  /** The id of the next request. No session lasts until the last id, 2^53. */
  #next = 1;
  readonly #placed: (Answer | undefined)[] = Array.from({ length: places }, () => undefined);
  /** The ids of the placed requests; 0 for a free place. */
  readonly #placedIds = new Float64Array(places);
  readonly #others = new Map<number, Answer>();
  #count = 0;

  constructor(channel: RequestChannel) {
    this.#channel = channel;
  }

  /** Number of pending requests. */
  get count(): number {
    return this.#count;
  }

  /** Whether a request is pending. */
  has(request: number): boolean {
    return this.#find(request) !== undefined;
  }

  /** Sends a request of AutobahnJS with the next id of the session's sequence, and returns this id. */
  forward(message: readonly HeadElement[]): number {
    this.#channel.send(message.with(1, this.#next));
    return this.#next++;
  }

  /** Sends a PUBLISH without acknowledgement. */
  publishUnacknowledged(options: Readonly<Record<string, unknown>>, topic: string, payload: PayloadText): void {
    this.#channel.send([MessageType.PUBLISH, this.#next, options, topic], payload);
    this.#next += 1;
  }

  /**
   * Sends a request whose answer is expected, and returns its id.
   *
   * @throws if the request cannot be sent. Then its id remains unused.
   */
  ask(
    type: number,
    options: Readonly<Record<string, unknown>>,
    uri: string,
    payload: PayloadText,
    answer: Answer,
  ): number {
    this.#channel.send([type, this.#next, options, uri], payload);
    const id = this.#next++;
    const place = id % places;
    if (this.#placedIds[place] === 0) {
      this.#placed[place] = answer;
      this.#placedIds[place] = id;
    } else {
      this.#others.set(id, answer);
    }
    this.#count += 1;
    if (answer.keepsText) this.textCalls.size += 1;
    return id;
  }

  /** Handles PUBLISHED. Like any answer without a pending request, an unexpected one is ignored. */
  published([, request, publication]: readonly unknown[]): void {
    this.#take(request as number)?.resolve({ id: publication });
  }

  /** Handles RESULT. */
  result([, request, details, args, kwargs]: readonly unknown[]): void {
    const id = request as number;
    const isProgress = (details as { progress?: boolean }).progress;
    const answer = isProgress ? this.#find(id) : this.#take(id);
    if (answer === undefined) return;
    const result = args instanceof PayloadText ? args : valuesOf(answer, args, kwargs);
    if (isProgress) answer.onProgress?.(result);
    else answer.resolve(result);
  }

  /** Handles the ERROR of a PUBLISH or a CALL. */
  fail([, , request, , uri, args, kwargs]: readonly unknown[]): void {
    const error = new WampError(String(uri), args as unknown[] | undefined, kwargs as object | undefined as never);
    this.#take(request as number)?.reject(error);
  }

  /** Rejects all pending requests, in their order. */
  rejectAll(error: Error): void {
    const placed = this.#placedIds.filter((id) => id !== 0);
    const ids = [...placed, ...this.#others.keys()].sort((one, other) => one - other);
    for (const id of ids) this.#take(id)?.reject(error);
  }

  #find(id: number): Answer | undefined {
    const place = id % places;
    return this.#placedIds[place] === id ? this.#placed[place] : this.#others.get(id);
  }

  /** Removes a request; undefined if it was not pending. */
  #take(id: number): Answer | undefined {
    const place = id % places;
    let answer: Answer | undefined;
    if (this.#placedIds[place] === id) {
      answer = this.#placed[place];
      this.#placed[place] = undefined;
      this.#placedIds[place] = 0;
    } else {
      answer = this.#others.get(id);
      this.#others.delete(id);
    }
    if (answer === undefined) return undefined;
    this.#count -= 1;
    if (answer.keepsText) this.textCalls.size -= 1;
    return answer;
  }
}

/**
 * Results are values if the serializer is not JSON, or if the router writes JSON with white space. They are converted
 * to text here.
 */
function valuesOf({ keepsText }: Answer, args: unknown = [], kwargs: unknown = {}): unknown {
  return keepsText && Array.isArray(args) ? PayloadText.of(args, kwargs as object) : { args, kwargs };
}

/**
 * Reads a RESULT without parsing its payload. The payload may be large and is not used here. It also retains its digits
 * and the order of its keys.
 *
 * @param wanted the calls whose results remain text.
 * @returns the message, with a {@link PayloadText} instead of the payload. Undefined for any other message, and for a
 *   RESULT in another notation.
 * @throws `SyntaxError` if the details are not JSON.
 */
export function parseResultText(frame: string, wanted: TextCalls): unknown[] | undefined {
  const [start, digits] = resultHead.exec(frame) ?? [];
  const request = Number(digits);
  if (start === undefined || !wanted.has(request)) return undefined;
  const end = endOfBrackets(frame, start.length);
  const text = frame.slice(start.length, end);
  const details = text === '{}' ? noDetails : JSON.parse(text);
  const payload = parsePayload(frame, end);
  return payload && [MessageType.RESULT, request, details, payload];
}

const noDetails = Object.freeze({});

/** Parses the text after the details: `]`, `,[…]]` or `,[…],{…}]`. */
function parsePayload(frame: string, end: number): PayloadText | undefined {
  const last = frame.length - 1;
  if (end === last) return new PayloadText('[]');
  if (!frame.startsWith(',[', end)) return undefined;
  const start = end + 1;
  if (frame.endsWith(']]')) return new PayloadText(frame.slice(start, last));
  const comma = endOfBrackets(frame, start);
  if (!frame.startsWith(',{', comma) || !frame.endsWith('}]')) return undefined;
  return new PayloadText(frame.slice(start, comma), frame.slice(comma + 1, last));
}
