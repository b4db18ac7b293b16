import type { Admission } from '../authentication/authentication.ts';
import { JoinError, ProtocolViolation } from '../errors.ts';
import { type Message, readMessage } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Content, HeadElement } from '../serializer/serializer.ts';
import { NO_PAYLOAD } from '../serializer/values-payload.ts';
import { Frame } from '../transports/frame.ts';
import { CloseCode, type Transport } from '../transports/transport.ts';
import { Uri } from '../uris.ts';
import { Backlog } from './backlog.ts';
import { Handshake, type Hello } from './handshake.ts';
import { type Joined, join, welcome } from './join.ts';
import { Outbound } from './outbound.ts';
import type { PeerConnection, PeerContext } from './peer-context.ts';
import type { SessionEndCause } from './session-end.ts';

/**
 * One connection and the life of the session on it: HELLO, messages, GOODBYE or ABORT. Transport and session live and
 * end together.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-sessions
 */
export class Peer {
  readonly #context: PeerContext;
  readonly #connection: PeerConnection;
  readonly #transport: Transport;
  readonly #outbound: Outbound;
  readonly #backlog: Backlog;
  #handshake: Handshake | undefined;
  #state: 'opening' | 'open' | 'leaving' | 'over' = 'opening';
  #joined: Joined | undefined;
  #leaveTimer: NodeJS.Timeout | undefined;

  constructor(connection: PeerConnection, context: PeerContext) {
    const { transport, authenticate } = connection;
    const { limits, counters } = context;
    this.#context = context;
    this.#connection = connection;
    this.#transport = transport;
    this.#outbound = new Outbound(transport, counters, limits.maxBufferedBytes, () => this.#overflow());
    this.#backlog = new Backlog(transport, limits.highWaterBytes, (content) => this.#receive(content));
    this.#handshake = new Handshake(
      { transport, authenticate, limits },
      {
        challenge: (method, extra) => this.#write([MessageType.CHALLENGE, method, extra]),
        admitted: (admission, hello) => this.#open(admission, hello),
        failed: (error) => this.#fail(error),
      },
    );
    transport.onframe = (content) => this.#receive(content);
    transport.ondrain = () => this.#backlog.readOn();
    transport.onclose = (_code, reason) => this.#gone(reason);
  }

  /** Says GOODBYE and closes the connection when the client has answered, or after `limits.closeTimeout`. */
  shutDown(): void {
    if (this.#state === 'opening') {
      this.#abort(Uri.SYSTEM_SHUTDOWN, 'the router is shutting down', CloseCode.GOING_AWAY);
    } else this.#dismiss('shutdown', Uri.SYSTEM_SHUTDOWN, 'the router is shutting down');
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#transport.terminate(CloseCode.GOING_AWAY, 'the router is closed');
  }

  #receive(content: Content): void {
    if (this.#state === 'over' || this.#backlog.keep(content)) return;
    this.#context.counters.messagesIn++;
    try {
      this.#dispatch(readMessage(this.#connection.serializer, content, this.#context.limits.maxDepth));
    } catch (error) {
      this.#fail(error as Error);
    }
    if (this.#transport.bufferedAmount > this.#context.limits.highWaterBytes) this.#transport.pause();
  }

  #dispatch(message: Message): void {
    if (message.type === MessageType.ABORT) this.#aborted(message);
    else if (this.#state === 'opening') this.#handshake?.receive(message);
    else if (message.type === MessageType.GOODBYE) this.#goodbye(message);
    // After its GOODBYE the router ignores everything but the answer.
    else if (this.#state === 'open') this.#handle(message);
  }

  #handle(message: Message): void {
    const pending = this.#joined?.realm.handle(this.#joined.session, message);
    if (pending !== undefined) this.#backlog.waitFor(pending.catch((error) => this.#fail(error)));
  }

  #open(admission: Admission, hello: Hello): void {
    const { realms, counters } = this.#context;
    const close = (reason: string, text: string) => this.#dismiss('killed', reason, text);
    const joined = join(admission, hello, { ...this.#connection, realms, outbound: this.#outbound, close });
    this.#handshake?.end();
    this.#handshake = undefined;
    this.#joined = joined;
    counters.sessionsOpened++;
    this.#state = 'open';
    // Only now: sending may end the session.
    welcome(joined);
  }

  /** Says GOODBYE; what the client still has to say before it answers is ignored. */
  #dismiss(cause: SessionEndCause, reason: string, message: string): void {
    if (this.#state !== 'open') return;
    this.#leave(cause, reason);
    this.#write([MessageType.GOODBYE, message === '' ? {} : { message }, reason]);
    this.#state = 'leaving';
    const code = cause === 'shutdown' ? CloseCode.GOING_AWAY : CloseCode.NORMAL;
    this.#leaveTimer = setTimeout(() => this.#finish(code, reason), this.#context.limits.closeTimeout);
    this.#backlog.release();
  }

  #goodbye(message: Message): void {
    if (this.#state === 'open') {
      this.#leave('goodbye', message.elements[2] as string);
      this.#write([MessageType.GOODBYE, {}, Uri.GOODBYE_AND_OUT]);
    }
    this.#finish(CloseCode.NORMAL, '');
  }

  #aborted(message: Message): void {
    this.#leave('aborted', message.elements[2] as string);
    this.#finish(CloseCode.NORMAL, '');
  }

  #fail(error: Error): void {
    if (error instanceof JoinError) this.#abort(error.uri, error.message, CloseCode.NORMAL);
    else if (error instanceof ProtocolViolation) this.#violation(error.message);
    else {
      this.#context.onError(error);
      this.#leave('fault', error.message);
      this.#abort(Uri.SYSTEM_SHUTDOWN, 'the router failed to handle the message', CloseCode.GOING_AWAY);
    }
  }

  #violation(message: string): void {
    this.#leave('violation', message);
    this.#abort(Uri.PROTOCOL_VIOLATION, message, CloseCode.PROTOCOL_ERROR);
  }

  #abort(reason: string, message: string, code: number): void {
    this.#write([MessageType.ABORT, { message }, reason]);
    this.#finish(code, reason);
  }

  #overflow(): void {
    const message = `slow receiver: more than ${this.#context.limits.maxBufferedBytes} bytes waiting`;
    this.#end();
    this.#leave('slow', message);
    this.#transport.terminate(CloseCode.POLICY_VIOLATION, message);
  }

  #gone(reason: string): void {
    this.#end();
    this.#leave('lost', reason);
    this.#context.onGone(this);
  }

  #write(head: readonly HeadElement[]): void {
    this.#outbound.send(new Frame(this.#connection.serializer.encode(head, NO_PAYLOAD)));
  }

  #finish(code: number, reason: string): void {
    this.#end();
    this.#transport.close(code, reason);
  }

  #end(): void {
    this.#state = 'over';
    this.#outbound.close();
    this.#handshake?.end();
    clearTimeout(this.#leaveTimer);
  }

  /** Ends the session in its realm, once, before anything else may happen to it. */
  #leave(cause: SessionEndCause, message: string): void {
    const joined = this.#joined;
    if (joined === undefined) return;
    this.#joined = undefined;
    joined.realm.leave(joined.session);
    this.#context.counters.ended[cause]++;
    const { id, realm, identity } = joined.session;
    const { authid, authrole } = identity;
    this.#context.onSessionEnd({ realm, session: id, authid, authrole, cause, message });
  }
}
