import {
  type Content,
  type FrameSocket,
  type HeadElement,
  MessageType,
  NO_PAYLOAD,
  type Payload,
  type Serializer,
} from '@pgwamp/protocol';
import { losesDigits, offsetOfElement, parseLossless } from '@pgwamp/protocol/internal';
import { SessionLostError, UnserializableError, WampError } from '../errors.ts';
import { PayloadText } from './payload-text.ts';
import { parseResultText, type TextCalls } from './requests.ts';

/** The router's limits on messages. It does not announce them. */
export interface MessageLimits {
  /** Size limit of a message in bytes. */
  readonly maxMessageSize: number;
  /** Nesting limit of lists and dictionaries, including the message itself. */
  readonly maxDepth: number;
}

/** A socket to a router. */
export interface RouterSocket extends FrameSocket<Content> {
  /** Sends the frames of this callback so far, if they are worth a system call. */
  flush?(): void;
}

/** The parts of a {@link RouterConnection}. */
export interface OpenedTransport {
  readonly socket: RouterSocket;
  readonly serializer: Serializer;
  /** The address of the router, for messages. */
  readonly name: string;
  /** Milliseconds for joining. */
  readonly timeout: number;
  readonly limits: MessageLimits;
}

/** Milliseconds for the router to answer GOODBYE. */
const goodbyeTimeout = 2000;
/** Number of unsent bytes below which more may be sent. */
const lowWater = 1024 * 1024;
/** Close codes of a router that closes a connection because it cannot accept a message. */
const blamingCloseCodes: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009, 1011, 3002]);

/** Number of elements before the payload, for messages whose payload may come from any peer. */
const headLengths: Readonly<Record<number, number>> = {
  [MessageType.ERROR]: 5,
  [MessageType.EVENT]: 4,
  [MessageType.RESULT]: 3,
  [MessageType.INVOCATION]: 4,
};

const atOnce = Promise.resolve();

/**
 * An open connection to a router. It sends and receives whole WAMP messages in the agreed serializer. It does not send
 * a message that the router would refuse because of its size, depth or form.
 */
export class RouterConnection {
  readonly name: string;
  readonly timeout: number;
  /** Aborts when the connection ends. The reason is a `SessionLostError`. */
  readonly lost: AbortSignal;
  onmessage: (message: unknown[]) => void = () => undefined;
  textCalls: TextCalls = new Set<number>();
  /** Returns the number of requests that wait for an answer. */
  countRequests: () => number = () => 0;
  readonly #socket: RouterSocket;
  readonly #serializer: Serializer;
  readonly #limits: MessageLimits;
  readonly #lost = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  /** The message that was sent last, for the error if the router closes the connection because of it. */
  #latestType = 0;
  #latestSize = 0;
  /** Frozen options whose depth was checked. Most messages have the same as the last one. */
  #latestOptions: object | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #leaving = false;

  constructor({ socket, serializer, name, timeout, limits }: OpenedTransport) {
    this.#socket = socket;
    this.#serializer = serializer;
    this.#limits = limits;
    this.name = name;
    this.timeout = timeout;
    this.lost = this.#lost.signal;
    socket.onframe = this.#receive;
    socket.onclose = (code, reason) => this.#close(code, reason);
    socket.onwritable = () => this.#release();
  }

  /** Nesting limit of a message's lists and dictionaries, including the message itself. */
  get maxDepth(): number {
    return this.#limits.maxDepth;
  }

  /** Whether this client has sent GOODBYE. */
  get isLeaving(): boolean {
    return this.#leaving;
  }

  /**
   * Sends a message.
   *
   * @throws `SessionLostError` if the connection is closed; `WampError` `wamp.error.payload_size_exceeded` if the
   *   message is too long; `wamp.error.invalid_argument` if it is nested too deeply or not JSON.
   */
  send(head: readonly HeadElement[], payload: Payload = NO_PAYLOAD): void {
    this.lost.throwIfAborted();
    this.#socket.send(this.#encode(head, payload));
    // The router handles the first of many calls while this end prepares the others. Otherwise they would all move from
    // process to process together, and only one process would run.
    if (head[0] === MessageType.CALL) this.#socket.flush?.();
  }

  /** Sends a message that has no answer. Does nothing if the connection is closed or closing. */
  sendUnanswered(head: readonly HeadElement[]): void {
    unlessLost(() => this.send(head));
  }

  /**
   * Sends the answer to an invocation. If it cannot be sent, an error is sent instead, because the caller waits. Never
   * throws.
   *
   * @param payload creates the payload, and may throw.
   */
  reply(head: readonly HeadElement[], request: number, payload: () => PayloadText): void {
    if (this.lost.aborted) return;
    try {
      this.#socket.send(this.#encodeReply(head, request, payload));
    } catch (error) {
      // The socket is closing.
      this.lose((error as Error).message);
    }
  }

  /** Ends the session with a reason, and rejects everything that is pending. */
  lose(reason: string, blamesMessage = false): void {
    if (this.lost.aborted) return;
    this.#lost.abort(new SessionLostError(reason, { blamesMessage, requests: this.countRequests() }));
    this.#room?.reject(this.lost.reason);
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  /** Stops reading from the router until {@link resume}. */
  pause(): void {
    if (!this.lost.aborted && !this.#leaving) this.#socket.pause();
  }

  resume(): void {
    if (!this.lost.aborted) this.#socket.resume();
  }

  /** Resolves when more may be sent. One promise serves all callers, so sending without waiting has no cost. */
  drained(): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (this.#socket.bufferedAmount <= lowWater) return atOnce;
    if (!this.#room) {
      this.#room = Promise.withResolvers();
      // Nobody may be waiting when the promise rejects. This avoids an unhandled rejection.
      this.#room.promise.catch(() => undefined);
    }
    return this.#room.promise;
  }

  /** Sends GOODBYE, waits a limited time for the answer, and closes. A closing connection does not accept a GOODBYE. */
  async leave(sayGoodbye: () => void): Promise<void> {
    this.#leaving = true;
    unlessLost(sayGoodbye);
    // The answer follows the messages that were held back.
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.close(), goodbyeTimeout);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #encodeReply(head: readonly HeadElement[], request: number, payload: () => PayloadText): Content {
    try {
      return this.#encode(head, payload());
    } catch (error) {
      const uri = error instanceof WampError ? error.error : 'wamp.error.runtime_error';
      const message = error instanceof WampError ? error.args[0] : (error as Error).message;
      return this.#encode([MessageType.ERROR, MessageType.INVOCATION, request, {}, uri], PayloadText.of([message]));
    }
  }

  /** Encodes the message that is sent next. */
  #encode(head: readonly HeadElement[], payload: Payload): Content {
    const { maxMessageSize, maxDepth } = this.#limits;
    if (payload instanceof PayloadText) payload.check(maxDepth - 1);
    for (const element of head) {
      if (typeof element !== 'object' || element === this.#latestOptions) continue;
      if (nestsDeeperThan(element, maxDepth - 1)) {
        throw new WampError('wamp.error.invalid_argument', ['the options have too many levels of lists and objects']);
      }
      if (Object.isFrozen(element)) this.#latestOptions = element;
    }
    let content: Content;
    try {
      content = this.#serializer.encode(head, payload);
    } catch (error) {
      // The message exceeds the maximum length of strings or buffers in Node.js.
      if (error instanceof RangeError) throw this.#tooLong('that cannot even be written');
      throw new UnserializableError({ cause: error });
    }
    // A UTF-16 code unit takes at most three bytes of UTF-8. So only very long texts need to be measured exactly.
    if (content.length * 3 > maxMessageSize) this.#checkSize(Buffer.byteLength(content));
    this.#latestType = head[0] as number;
    this.#latestSize = content.length;
    return content;
  }

  #checkSize(bytes: number): void {
    if (bytes > this.#limits.maxMessageSize) throw this.#tooLong(`of ${bytes} bytes`);
  }

  #tooLong(size: string): WampError {
    const message = `a message ${size} exceeds transport.options.max_message_size, which is ${this.#limits.maxMessageSize}`;
    return new WampError('wamp.error.payload_size_exceeded', [message]);
  }

  readonly #receive = (frame: Content): void => {
    if (this.lost.aborted) return;
    try {
      const message = decodeMessage(this.#serializer, frame, this.textCalls);
      if (message) this.onmessage(message);
      else this.#refuse(`the router sent what is not a WAMP message in ${this.#serializer.name}`);
    } catch (error) {
      this.#refuse(`a message of the router could not be handled: ${String(error)}`);
    }
  };

  #refuse(reason: string): void {
    this.lose(reason);
    this.#socket.close(1002, 'protocol error');
  }

  #close(code: number, reason: string): void {
    const blames = blamingCloseCodes.has(code);
    const sent = `the type ${this.#latestType} and the length ${this.#latestSize}`;
    const last = blames ? `; the last message that was sent has ${sent}` : '';
    this.lose(`the transport was closed (${code} ${reason})${last}`, blames);
    this.#closed.resolve();
  }

  #release(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/**
 * Sends a message that has no answer, unless the connection is closed or closing. In that case, the message is
 * obsolete.
 */
function unlessLost(send: () => void): void {
  try {
    send();
  } catch (error) {
    if (!(error instanceof SessionLostError)) throw error;
  }
}

function nestsDeeperThan(value: object, levels: number): boolean {
  if (levels === 0) return true;
  for (const item of Object.values(value)) {
    if (typeof item === 'object' && item !== null && nestsDeeperThan(item, levels - 1)) return true;
  }
  return false;
}

/**
 * Decodes a frame. Numbers of the payload lose no digits: in JSON, a number that a JavaScript number cannot represent
 * is retained as text, and in the binary formats it becomes a bigint. Ids and details are ordinary numbers, because the
 * specification limits their size.
 *
 * @returns undefined if the frame is not a WAMP message.
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-ids
 */
function decodeMessage(serializer: Serializer, frame: Content, textCalls: TextCalls): unknown[] | undefined {
  const isText = typeof frame === 'string';
  try {
    const result = isText && textCalls.size > 0 ? parseResultText(frame, textCalls) : undefined;
    if (result) return result;
    const message: unknown = isText ? JSON.parse(frame) : serializer.parse(frame, Number.POSITIVE_INFINITY);
    if (!Array.isArray(message) || typeof message[0] !== 'number') return undefined;
    const headLength = headLengths[message[0]];
    if (headLength === undefined || message.length <= headLength) return message;
    if (!isText) return [...message.slice(0, headLength), ...serializer.payload(frame, headLength).values()];
    restoreDigits(message, frame, headLength);
    return message;
  } catch {
    return undefined;
  }
}

/** Parses the payload a second time if it contains numbers that lose digits. Few payloads do. */
function restoreDigits(message: unknown[], frame: string, headLength: number): void {
  const start = offsetOfElement(frame, headLength);
  if (!losesDigits(frame, start - 1)) return;
  const payload = parseLossless(`[${frame.slice(start)}`) as unknown[];
  message.splice(headLength, payload.length, ...payload);
}
