import { MessageType } from '@pgwamp/protocol';
import { constantDict, parseValues } from '@pgwamp/protocol/internal';
import type { AutobahnTransport } from './autobahn/autobahn-transport.ts';
import { Bindings } from './autobahn/bindings.ts';
import type { AutobahnSession } from './autobahn/library.ts';
import { Dispatcher } from './dispatcher.ts';
import { checkText, PayloadText } from './payload-text.ts';
import type { Answer, Requests } from './requests.ts';
import type { RouterConnection } from './router-connection.ts';
import type {
  Acknowledgement,
  CallOptions,
  CallResult,
  Endpoint,
  EventHandler,
  OnRevoked,
  PublicationAnswer,
  Session,
  StartedCall,
  StartOptions,
} from './session.ts';

/** The parts of a joined session. */
export interface SessionParts {
  readonly connection: RouterConnection;
  readonly requests: Requests;
  readonly autobahn: AutobahnSession;
  readonly transport: AutobahnTransport;
  /** Called when an event handler throws. */
  readonly onError: (error: unknown, message: string) => void;
}

const ACKNOWLEDGE = constantDict({ acknowledge: true });
const KILL = constantDict({ mode: 'kill' });

/**
 * A session that a component has joined itself. It handles publications, calls, events and invocations directly,
 * without AutobahnJS. AutobahnJS handles all other messages.
 */
export class RouterSession implements Session {
  readonly id: number;
  readonly lost: AbortSignal;
  readonly #connection: RouterConnection;
  readonly #requests: Requests;
  readonly #autobahn: AutobahnSession;
  readonly #transport: AutobahnTransport;
  readonly #dispatcher: Dispatcher;
  readonly #bindings: Bindings;

  /** @internal */
  constructor({ connection, requests, autobahn, transport, onError }: SessionParts) {
    this.id = autobahn.id ?? 0;
    this.lost = connection.lost;
    this.#connection = connection;
    this.#requests = requests;
    this.#autobahn = autobahn;
    this.#transport = transport;
    this.#dispatcher = new Dispatcher(connection, autobahn, onError);
    this.#bindings = new Bindings(autobahn, connection.lost);
    this.lost.addEventListener('abort', () => this.#dispatcher.lose(this.lost.reason), { once: true });
    connection.onmessage = this.#take;
  }

  publishText(options: string, topic: string, args: string, kwargs: string): Promise<Acknowledgement> {
    const answer = Promise.withResolvers<Acknowledgement>();
    this.startPublication(options, topic, args, kwargs, answer);
    return answer.promise;
  }

  startPublication(options: string, topic: string, args: string, kwargs: string, answer: PublicationAnswer): void {
    try {
      const sent = options === '' ? ACKNOWLEDGE : acknowledged(options, this.#connection.maxDepth);
      this.#requests.ask(MessageType.PUBLISH, sent, topic, new PayloadText(args, kwargs), answer);
    } catch (error) {
      answer.reject(error);
    }
  }

  async publish(
    topic: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
    options: object = {},
  ): Promise<number | undefined> {
    this.lost.throwIfAborted();
    const payload = PayloadText.of(args, kwargs);
    if (!(options as { acknowledge?: boolean }).acknowledge) {
      this.#requests.publishUnacknowledged({ ...options }, topic, payload);
      return undefined;
    }
    const answer = Promise.withResolvers<Acknowledgement>();
    this.#requests.ask(MessageType.PUBLISH, { ...options }, topic, payload, answer);
    return (await answer.promise).id;
  }

  async subscribe(
    topic: string,
    handler: EventHandler,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    this.lost.throwIfAborted();
    return this.#bindings.subscribe(topic, handler, options, onRevoked);
  }

  async register(
    procedure: string,
    endpoint: Endpoint,
    options: object = {},
    onRevoked: OnRevoked = ignore,
  ): Promise<() => Promise<void>> {
    this.lost.throwIfAborted();
    // The dispatcher calls the endpoint, with more details than AutobahnJS would pass.
    return this.#bindings.register(procedure, endpoint as never, options, onRevoked);
  }

  async call(
    procedure: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
    { signal, ...options }: CallOptions = {},
  ): Promise<CallResult> {
    signal?.throwIfAborted();
    const { result, cancel } = this.startCall(procedure, PayloadText.of(args, kwargs), options, false);
    const abort = () => cancel();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await result;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** @param keepsText whether results remain text. */
  startCall<Result = PayloadText>(
    procedure: string,
    payload: PayloadText,
    { onProgress, ...options }: StartOptions<Result> = {},
    keepsText = true,
  ): StartedCall<Result> {
    const sent = onProgress ? { ...options, receive_progress: true } : options;
    const { promise: result, resolve, reject } = Promise.withResolvers<Result>();
    const answer = { resolve, reject, onProgress, keepsText } as Answer;
    return { result, cancel: this.beginCall(procedure, payload, sent, answer) };
  }

  beginCall(
    procedure: string,
    payload: PayloadText,
    options: Readonly<Record<string, unknown>>,
    answer: Answer,
  ): StartedCall['cancel'] {
    const request = this.#requests.ask(MessageType.CALL, options, procedure, payload, answer);
    return (reason) => {
      if (this.#requests.has(request)) this.#connection.sendUnanswered([MessageType.CANCEL, request, KILL]);
      if (reason !== undefined) answer.reject(reason);
    };
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  pause(): boolean {
    this.#connection.pause();
    return true;
  }

  resume(): void {
    this.#connection.resume();
  }

  async leave(): Promise<void> {
    if (!this.lost.aborted) await this.#connection.leave(() => this.#autobahn.leave());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  readonly #take = (message: unknown[]): void => {
    const [type, request] = message;
    if (type === MessageType.PUBLISHED) this.#requests.published(message);
    else if (type === MessageType.RESULT) this.#requests.result(message);
    else if (type === MessageType.EVENT) {
      if (!this.#connection.isLeaving) this.#dispatcher.event(message);
    } else if (type === MessageType.INVOCATION) this.#dispatcher.invoke(message);
    else if (type === MessageType.INTERRUPT) this.#dispatcher.interrupt(message);
    else if (type === MessageType.ERROR && (request === MessageType.PUBLISH || request === MessageType.CALL)) {
      this.#requests.fail(message);
    } else if (type === MessageType.ABORT) this.#aborted(message);
    else {
      this.#transport.take(message);
      this.#dispatcher.forget();
    }
  };

  /** For AutobahnJS, an ABORT of an open session is a protocol violation, so this method handles it. */
  #aborted([, details, reason]: unknown[]): void {
    const { message = '' } = details as { message?: string };
    this.#connection.lose(`ABORT ${String(reason)} ${message}`, reason === 'wamp.error.protocol_violation');
    this.#connection.close();
  }
}

/** @throws `WampError` `wamp.error.invalid_argument` if the options are not a JSON object. */
function acknowledged(options: string, maxDepth: number): Readonly<Record<string, unknown>> {
  checkText('options', options, 'object', maxDepth - 1);
  return { ...(parseValues(options) as object), acknowledge: true };
}

function ignore(): void {}
