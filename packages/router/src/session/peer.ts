import type { Content, Message, Serializer } from '@pgwamp/protocol';
import { CloseCode, MessageType, readMessage, Uri } from '@pgwamp/protocol';
import type { Admission, Authenticate } from '../authentication/authentication.ts';
import type { Limits } from '../limits.ts';
import type { Realm } from '../realm/realm.ts';
import type { Counters } from '../stats.ts';
import type { Transport } from '../transports/transport.ts';
import { Backlog } from './backlog.ts';
import { Handshake, type Hello } from './handshake.ts';
import { type Joined, join, welcome } from './join.ts';
import { Outbound } from './outbound.ts';
import { endingBy, type SessionEnd, type SessionEndCause } from './session-end.ts';

/** The parts of the router that a peer uses. */
export interface PeerContext {
  readonly realms: ReadonlyMap<string, Realm>;
  readonly limits: Limits;
  readonly counters: Counters;
  readonly onSessionEnd: (end: SessionEnd) => void;
  readonly onError: (error: Error) => void;
}

/** The transport, serializer and authentication of one client. */
export interface PeerConnection {
  readonly transport: Transport;
  readonly serializer: Serializer;
  readonly authenticate: Authenticate;
}

/**
 * One connection and its session: HELLO, messages, GOODBYE or ABORT. Transport and session have the same lifetime.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-sessions
 */
export class Peer {
  readonly #context: PeerContext;
  readonly #connection: PeerConnection;
  readonly #onJoined: () => void;
  readonly #onGone: () => void;
  readonly #outbound: Outbound;
  readonly #backlog: Backlog;
  #handshake: Handshake | undefined;
  #state: 'opening' | 'open' | 'leaving' | 'over' = 'opening';
  #joined: Joined | undefined;
  #leaveTimer: NodeJS.Timeout | undefined;

  /**
   * @param onJoined called when the client has joined a realm
   * @param onGone called when the connection is closed
   */
  constructor(connection: PeerConnection, context: PeerContext, onJoined: () => void, onGone: () => void) {
    const { transport, authenticate } = connection;
    const { limits, counters } = context;
    this.#context = context;
    this.#connection = connection;
    this.#onJoined = onJoined;
    this.#onGone = onGone;
    this.#outbound = new Outbound(connection, counters, limits.maxBufferedBytes, () => this.#overflow());
    this.#backlog = new Backlog(transport, limits.highWaterBytes, (content) => this.#receive(content));
    this.#handshake = new Handshake(
      { transport, authenticate, limits },
      {
        challenge: (method, extra) => this.#outbound.say([MessageType.CHALLENGE, method, extra]),
        admitted: (admission, hello) => this.#open(admission, hello),
        failed: (error) => this.#fail(error),
      },
    );
    transport.limitFrames(limits.maxHandshakeSize);
    transport.onframe = (content) => this.#receive(content);
    transport.onviolation = (code, message) => this.#violate(code, message);
    transport.ondrain = () => this.#backlog.readOn();
    transport.onclose = (_code, reason) => this.#gone(reason);
  }

  /** Sends GOODBYE and closes the connection after the answer of the client, or after `limits.closeTimeout`. */
  shutDown(): void {
    if (this.#state === 'opening') {
      this.#abort(Uri.SYSTEM_SHUTDOWN, 'the router is shutting down', CloseCode.GOING_AWAY);
    } else this.#dismiss('shutdown', Uri.SYSTEM_SHUTDOWN, 'the router is shutting down');
  }

  /** Closes a connection that has not joined, because too many connections have not. */
  makeRoom(): void {
    this.#abort(Uri.UNAVAILABLE, 'too many connections have not joined a realm yet', CloseCode.POLICY_VIOLATION);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#connection.transport.terminate(CloseCode.GOING_AWAY, 'the router is closed');
  }

  #receive(content: Content): void {
    if (this.#state === 'over' || this.#backlog.keep(content)) return;
    const { counters, limits } = this.#context;
    counters.messagesIn++;
    // A decoded message can be many times larger than its frame; before WELCOME, no client may cause that.
    if (this.#state === 'opening' && content.length > limits.maxHandshakeSize) {
      this.#violate(
        CloseCode.MESSAGE_TOO_BIG,
        `a message before WELCOME may have at most ${limits.maxHandshakeSize} bytes`,
      );
      return;
    }
    try {
      this.#dispatch(readMessage(this.#connection.serializer, content, limits.maxDepth));
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#backlog.holdBack();
  }

  #dispatch(message: Message): void {
    if (message.type === MessageType.ABORT) this.#aborted(message);
    else if (this.#state === 'opening') this.#handshake?.receive(message);
    else if (message.type === MessageType.GOODBYE) this.#goodbye(message);
    // After its GOODBYE, the router ignores everything except the answer.
    else if (this.#state === 'open') {
      const pending = this.#joined?.realm.handle(this.#joined.session, message);
      if (pending !== undefined) this.#waitFor(pending);
    }
  }

  #waitFor(pending: Promise<void>): void {
    const fail = (error: Error) => this.#fail(error);
    this.#backlog.waitFor(pending.catch(fail)).catch(fail);
  }

  #open(admission: Admission, hello: Hello): void {
    const { realms, counters, onError } = this.#context;
    const close = (reason: string, text: string) => this.#dismiss('killed', reason, text);
    const joined = join(admission, hello, { ...this.#connection, realms, outbound: this.#outbound, close, onError });
    this.#handshake?.end();
    this.#handshake = undefined;
    this.#joined = joined;
    counters.sessionsOpened++;
    this.#state = 'open';
    this.#connection.transport.liftFrameLimit();
    this.#onJoined();
    // Last, because sending may end the session.
    welcome(joined);
  }

  /** Sends GOODBYE. Messages of the client before its answer are ignored. */
  #dismiss(cause: SessionEndCause, reason: string, message: string): void {
    if (this.#state !== 'open') return;
    this.#leave(cause, reason);
    this.#state = 'leaving';
    const code = cause === 'shutdown' ? CloseCode.GOING_AWAY : CloseCode.NORMAL;
    this.#leaveTimer = setTimeout(() => this.#finish(code, reason), this.#context.limits.closeTimeout);
    // Last, because sending may end the connection.
    this.#outbound.say([MessageType.GOODBYE, message === '' ? {} : { message }, reason]);
    this.#backlog.release();
  }

  #goodbye(message: Message): void {
    if (this.#state === 'open') {
      this.#leave('goodbye', message.elements[2] as string);
      this.#outbound.say([MessageType.GOODBYE, {}, Uri.GOODBYE_AND_OUT]);
    }
    this.#finish(CloseCode.NORMAL, '');
  }

  #aborted(message: Message): void {
    this.#leave('aborted', message.elements[2] as string);
    this.#finish(CloseCode.NORMAL, '');
  }

  #fail(error: Error): void {
    const { cause, reason, message, code } = endingBy(error);
    if (cause === 'fault') this.#context.onError(error);
    this.#leave(cause, error.message);
    this.#abort(reason, message, code);
  }

  /** Handles a violation of the transport protocol by the client. */
  #violate(code: number, message: string): void {
    if (this.#state === 'over') return;
    this.#leave('violation', message);
    this.#abort(Uri.PROTOCOL_VIOLATION, message, code);
  }

  #abort(reason: string, message: string, code: number): void {
    this.#outbound.say([MessageType.ABORT, { message }, reason]);
    this.#finish(code, reason);
  }

  #overflow(): void {
    const message = `slow receiver: more than ${this.#context.limits.maxBufferedBytes} bytes waiting`;
    this.#end();
    this.#leave('slow', message);
    this.#connection.transport.terminate(CloseCode.POLICY_VIOLATION, message);
  }

  #gone(reason: string): void {
    this.#end();
    this.#leave('lost', reason);
    this.#onGone();
  }

  #finish(code: number, reason: string): void {
    this.#end();
    this.#connection.transport.close(code, reason);
  }

  #end(): void {
    this.#state = 'over';
    this.#outbound.close();
    this.#handshake?.end();
    clearTimeout(this.#leaveTimer);
  }

  /** Removes the session from its realm, once, before anything else can happen to it. */
  #leave(cause: SessionEndCause, message: string): void {
    const joined = this.#joined;
    if (joined === undefined) return;
    this.#joined = undefined;
    const { session, realm } = joined;
    const { counters, onError, onSessionEnd } = this.#context;
    try {
      realm.leave(session);
    } catch (error) {
      // No caller can catch this error: thrown in a close event, it would end the process.
      onError(error as Error);
    }
    counters.ended[cause]++;
    const { authid, authrole } = session.identity;
    onSessionEnd({ realm: realm.name, session: session.id, authid, authrole, cause, message });
  }
}
