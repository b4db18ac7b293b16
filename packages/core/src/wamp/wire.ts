import type { FrameSocket } from '@pgwamp/protocol';
import { SessionLostError, WampError } from '../errors.ts';
import { stringify } from '../json.ts';
import type { Transport } from './autobahn.ts';
import { Endpoints } from './endpoints.ts';
import { parseMessage } from './incoming.ts';
import type { AnswerLine } from './invocation.ts';
import { blamingCloseCodes, CallText, code, PublicationText } from './messages.ts';
import { PayloadText } from './payload-text.ts';
import { parseResultText } from './result-text.ts';

/** Milliseconds that a router may take to answer GOODBYE. */
const goodbyeTimeout = 2000;

/** Bytes on their way under which more is welcome. */
const lowWater = 1024 * 1024;

const atOnce = Promise.resolve();

/**
 * What lies between AutobahnJS's session and the frames of a transport. AutobahnJS leaves several things undone or does them
 * wrong; they are set right here, on the messages' way.
 */
export class Wire implements Transport, AnswerLine {
  readonly info = {};
  /** AutobahnJS's session listens here. */
  onmessage: (message: unknown[]) => void = () => undefined;
  /** The request id of the latest CALL. */
  latestRequest = 0;
  /** Details of the EVENT that is being taken in. */
  currentDetails: Readonly<Record<string, unknown>> = {};
  readonly endpoints = new Endpoints(this);
  /** Requests of calls whose results are to stay text. */
  readonly textCalls = new Set<number>();
  readonly lost: AbortSignal;
  readonly #socket: FrameSocket;
  readonly #maxMessageSize: number;
  readonly #lost = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  #room: PromiseWithResolvers<void> | undefined;
  #joined = false;
  #leaving = false;

  constructor(socket: FrameSocket, maxMessageSize: number) {
    this.#socket = socket;
    this.#maxMessageSize = maxMessageSize;
    this.lost = this.#lost.signal;
    socket.onframe = (frame) => this.#receive(frame);
    socket.onclose = (closeCode, reason) => this.#close(closeCode, reason);
    socket.onwritable = () => this.#release();
  }

  /** From now on an ABORT is the end of a session, not the refusal of one. */
  joined(): void {
    this.#joined = true;
  }

  /**
   * Sends a message.
   *
   * @throws `SessionLostError` if the transport is closed, `WampError` if the message is too large for it,
   *   `UnserializableError` if JSON cannot express it.
   */
  send(message: unknown[]): void {
    this.lost.throwIfAborted();
    if (message[0] === code.CALL) this.latestRequest = message[1] as number;
    this.#socket.send(this.#frame(message));
  }

  /** Sends the answer to an invocation. One that cannot be sent becomes an error, because the caller waits for something. */
  answer(request: number, message: unknown[]): void {
    if (this.lost.aborted) return;
    const frame = this.#answerFrame(message, request);
    try {
      this.#socket.send(frame);
    } catch (error) {
      // The socket is closing.
      this.lose((error as Error).message);
    }
  }

  close(closeCode?: number, reason?: string): void {
    this.#socket.close(closeCode, reason);
  }

  /** Ends the session for a reason of its own; everything that waits ends as well. */
  lose(reason: string, blamesMessage = false): void {
    if (this.lost.aborted) return;
    this.#lost.abort(new SessionLostError(reason, blamesMessage));
    this.endpoints.lose(this.lost.reason);
    this.#room?.reject(this.lost.reason);
  }

  /** Hands over nothing more, and reads nothing more, until {@link resume}. */
  pause(): void {
    if (!this.lost.aborted && !this.#leaving) this.#socket.pause();
  }

  resume(): void {
    if (!this.lost.aborted) this.#socket.resume();
  }

  /** Says GOODBYE, waits a while for the answer, and closes. */
  async leave(sayGoodbye: () => void): Promise<void> {
    this.#leaving = true;
    sayGoodbye();
    // The answer is behind whatever was held back.
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.close(), goodbyeTimeout);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  /** Resolves when there is room for more. One promise serves all who wait, so that who sends and does not wait costs nothing. */
  drained(): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (this.#socket.bufferedAmount <= lowWater) return atOnce;
    if (!this.#room) {
      this.#room = Promise.withResolvers();
      // Who does not wait is not to be troubled by an error either.
      this.#room.promise.catch(() => undefined);
    }
    return this.#room.promise;
  }

  #answerFrame(message: unknown[], request: number): string {
    try {
      return this.#frame(message);
    } catch (error) {
      const uri = error instanceof WampError ? error.error : 'wamp.error.runtime_error';
      return stringify([code.ERROR, code.INVOCATION, request, {}, uri, [(error as Error).message]]);
    }
  }

  #frame(message: unknown[]): string {
    const frame = this.#serialize(message);
    if (frame.length * 3 > this.#maxMessageSize) this.#refuseOversize(frame);
    return frame;
  }

  #serialize(message: unknown[]): string {
    const [type, request, options, payload] = message;
    if (type === code.YIELD && payload instanceof PayloadText) return yieldFrame(request, options, payload);
    if (type === code.HELLO) return stringify(withCallCanceling(message));
    if (type === code.GOODBYE) return stringify(message.with(2, goodbyeReason(message[2])));
    const [text] = type === code.PUBLISH || type === code.CALL ? ((message[4] ?? []) as unknown[]) : [];
    if (text instanceof PublicationText) return `[16,${request},${text.text}]`;
    if (text instanceof CallText) return `[48,${request},${stringify(options)},${text.text}]`;
    return stringify(message);
  }

  #refuseOversize(frame: string): void {
    const bytes = Buffer.byteLength(frame);
    if (bytes <= this.#maxMessageSize) return;
    const message = `a message of ${bytes} bytes exceeds max_message_size, which is ${this.#maxMessageSize}`;
    throw new WampError('wamp.error.payload_size_exceeded', [message]);
  }

  #receive(frame: string): void {
    if (this.lost.aborted) return;
    if (this.textCalls.size > 0 && this.#takeResultText(frame)) return;
    const message = parseMessage(frame);
    if (!message) {
      this.#socket.close(1002, 'not a WAMP message');
      return;
    }
    if (this.endpoints.take(message)) return;
    if (message[0] === code.ABORT && this.#joined) this.#aborted(message);
    else this.#pass(message);
  }

  #takeResultText(frame: string): boolean {
    const result = parseResultText(frame, (request) => this.textCalls.has(request));
    if (result) this.onmessage([code.RESULT, result.request, result.details, [result.payload]]);
    return result !== undefined;
  }

  #pass(message: unknown[]): void {
    const [type, request, details, args, kwargs] = message;
    if (type === code.EVENT) {
      // Who has said GOODBYE takes no events.
      if (this.#leaving) return;
      this.currentDetails = message[3] as Record<string, unknown>;
    }
    // AutobahnJS unwraps a single result, so that an array and its only element look the same; one wrapper stays whole.
    if (type === code.RESULT) this.onmessage([type, request, details, [{ args: args ?? [], kwargs: kwargs ?? {} }]]);
    else this.onmessage(message);
  }

  #aborted([, details, reason]: unknown[]): void {
    const { message = '' } = details as { message?: string };
    this.lose(`ABORT ${String(reason)} ${message}`, reason === 'wamp.error.protocol_violation');
    this.#socket.close();
  }

  #close(closeCode: number, reason: string): void {
    this.lose(`the transport was closed (${closeCode} ${reason})`, blamingCloseCodes.has(closeCode));
    this.#closed.resolve();
  }

  #release(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

function yieldFrame(request: unknown, options: unknown, { tail }: PayloadText): string {
  return (options as { progress?: boolean }).progress
    ? `[70,${request},{"progress":true}${tail}]`
    : `[70,${request},{}${tail}]`;
}

/** AutobahnJS can be cancelled, with the help of this file, but does not say so. */
function withCallCanceling(hello: unknown[]): unknown[] {
  const details = structuredClone(hello[2]) as { roles: { callee: { features: Record<string, boolean> } } };
  details.roles.callee.features.call_canceling = true;
  return hello.with(2, details);
}

/** AutobahnJS answers GOODBYE by a URI that the specification does not have. */
function goodbyeReason(reason: unknown): unknown {
  return reason === 'wamp.error.goodbye_and_out' ? 'wamp.close.goodbye_and_out' : reason;
}
