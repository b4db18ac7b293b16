import type { FrameSocket } from '../config/index.ts';
import { SessionLostError, WampError } from '../errors.ts';
import { stringify } from '../json.ts';
import type { Transport } from './autobahn.ts';
import { blamingCloseCodes, code, PublicationText } from './messages.ts';

/** Milliseconds that a router may take to answer GOODBYE. */
const goodbyeTimeout = 2000;

/**
 * What lies between AutobahnJS's session and the frames of a transport. AutobahnJS leaves several things undone or does them
 * wrong; they are set right here, on the messages' way.
 */
export class Wire implements Transport {
  readonly info = {};
  /** AutobahnJS's session listens here. */
  onmessage: (message: unknown[]) => void = () => undefined;
  /** The request id of the latest CALL. */
  latestRequest = 0;
  /** Request id and details of the INVOCATION that is being taken in. */
  currentInvocation: [request: number, details: Record<string, unknown>] = [0, {}];
  readonly lost: AbortSignal;
  readonly #socket: FrameSocket;
  readonly #maxMessageSize: number;
  readonly #lost = new AbortController();
  readonly #closed = Promise.withResolvers<void>();
  readonly #invocations = new Map<number, AbortController>();
  #writable: (() => void)[] = [];
  #joined = false;

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
   * Sends a message. The answer to an invocation that cannot be sent becomes an error, because the caller waits for something.
   *
   * @throws `SessionLostError` if the transport is closed, `WampError` if the message is too large for it.
   */
  send(message: unknown[]): void {
    this.lost.throwIfAborted();
    if (message[0] === code.CALL) this.latestRequest = message[1] as number;
    const invocation = answeredInvocation(message);
    this.#socket.send(invocation === undefined ? this.#frame(message) : this.#answerFrame(message, invocation));
  }

  close(closeCode?: number, reason?: string): void {
    this.#socket.close(closeCode, reason);
  }

  /** Ends the session for a reason of its own; everything that waits ends as well. */
  lose(reason: string, blamesMessage = false): void {
    if (this.lost.aborted) return;
    this.#lost.abort(new SessionLostError(reason, blamesMessage));
    for (const invocation of this.#invocations.values()) invocation.abort(this.lost.reason);
    this.#release();
  }

  /** Says GOODBYE, waits a while for the answer, and closes. */
  async leave(sayGoodbye: () => void): Promise<void> {
    sayGoodbye();
    const timer = setTimeout(() => this.#socket.close(), goodbyeTimeout);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  async drained(): Promise<void> {
    this.lost.throwIfAborted();
    if (this.#socket.bufferedAmount === 0) return;
    await new Promise<void>((resolve) => this.#writable.push(resolve));
    this.lost.throwIfAborted();
  }

  /** A signal that aborts when the caller of an invocation cancels. */
  interruptible(request: number): { signal: AbortSignal; done: () => void } {
    const controller = new AbortController();
    this.#invocations.set(request, controller);
    return { signal: controller.signal, done: () => this.#invocations.delete(request) };
  }

  #answerFrame(message: unknown[], invocation: unknown): string {
    try {
      return this.#frame(message);
    } catch (error) {
      const uri = error instanceof WampError ? error.error : 'wamp.error.runtime_error';
      return stringify([code.ERROR, code.INVOCATION, invocation, {}, uri, [(error as Error).message]]);
    }
  }

  #frame(message: unknown[]): string {
    const frame = this.#serialize(message);
    if (frame.length * 3 > this.#maxMessageSize) this.#refuseOversize(frame);
    return frame;
  }

  #serialize(message: unknown[]): string {
    const [type, request, , , payload] = message;
    if (type === code.HELLO) return stringify(withCallCanceling(message));
    if (type === code.GOODBYE) return stringify(message.with(2, goodbyeReason(message[2])));
    const text = Array.isArray(payload) ? payload[0] : undefined;
    return text instanceof PublicationText ? `[16,${request},${text.text}]` : stringify(message);
  }

  #refuseOversize(frame: string): void {
    const bytes = Buffer.byteLength(frame);
    if (bytes <= this.#maxMessageSize) return;
    const message = `a message of ${bytes} bytes exceeds max_message_size, which is ${this.#maxMessageSize}`;
    throw new WampError('wamp.error.payload_size_exceeded', [message]);
  }

  #receive(frame: string): void {
    const message = parseFrame(frame);
    if (!message) {
      this.#socket.close(1002, 'not a WAMP message');
      return;
    }
    const [type] = message;
    if (type === code.INTERRUPT) this.#invocations.get(message[1] as number)?.abort();
    else if (type === code.ABORT && this.#joined) this.#aborted(message);
    else this.#pass(message);
  }

  #pass(message: unknown[]): void {
    const [type, request, details, args, kwargs] = message;
    if (type === code.INVOCATION) {
      this.currentInvocation = [request as number, message[3] as Record<string, unknown>];
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
    const waiting = this.#writable;
    this.#writable = [];
    for (const resolve of waiting) resolve();
  }
}

/** The request id of the invocation that a message settles. */
function answeredInvocation([type, request, options]: unknown[]): unknown {
  if (type === code.ERROR) return request === code.INVOCATION ? options : undefined;
  return type === code.YIELD && !(options as { progress?: boolean }).progress ? request : undefined;
}

function parseFrame(frame: string): unknown[] | undefined {
  try {
    const message: unknown = JSON.parse(frame);
    return Array.isArray(message) && typeof message[0] === 'number' ? message : undefined;
  } catch {
    return undefined;
  }
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
