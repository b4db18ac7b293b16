import { JoinError, ProtocolViolation } from '../errors.ts';
import { type Message, readMessage } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Realm } from '../realm/realm.ts';
import type { Content, HeadElement } from '../serializer/serializer.ts';
import { NO_PAYLOAD } from '../serializer/values-payload.ts';
import { Frame } from '../transports/frame.ts';
import { CloseCode, type Transport } from '../transports/transport.ts';
import { Uri } from '../uris.ts';
import { join } from './join.ts';
import { Outbound } from './outbound.ts';
import type { PeerConnection, PeerContext } from './peer-context.ts';
import type { Session } from './session.ts';
import type { SessionEndCause } from './session-end.ts';

interface Joined {
  readonly session: Session;
  readonly realm: Realm;
}

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
  readonly #helloTimer: NodeJS.Timeout;
  #state: 'opening' | 'open' | 'leaving' | 'over' = 'opening';
  #joined: Joined | undefined;
  #leaveTimer: NodeJS.Timeout | undefined;

  constructor(connection: PeerConnection, context: PeerContext) {
    const { transport } = connection;
    const { limits, counters } = context;
    this.#context = context;
    this.#connection = connection;
    this.#transport = transport;
    this.#outbound = new Outbound(transport, counters, limits.maxBufferedBytes, () => this.#overflow());
    this.#helloTimer = setTimeout(() => this.#helloMissing(), limits.helloTimeout).unref();
    transport.onframe = (content) => this.#receive(content);
    transport.ondrain = () => transport.resume();
    transport.onclose = (_code, reason) => this.#gone(reason);
  }

  /** Says GOODBYE and closes the connection when the client has answered, or after `limits.closeTimeout`. */
  shutDown(): void {
    if (this.#state === 'opening') {
      this.#abort(Uri.SYSTEM_SHUTDOWN, 'the router is shutting down', CloseCode.GOING_AWAY);
    } else if (this.#state === 'open') {
      this.#leave('shutdown', Uri.SYSTEM_SHUTDOWN);
      this.#write([MessageType.GOODBYE, { message: 'the router is shutting down' }, Uri.SYSTEM_SHUTDOWN]);
      this.#state = 'leaving';
      this.#leaveTimer = setTimeout(() => this.#finish(CloseCode.GOING_AWAY, ''), this.#context.limits.closeTimeout);
    }
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#transport.terminate(CloseCode.GOING_AWAY, 'the router is closed');
  }

  #receive(content: Content): void {
    if (this.#state === 'over') return;
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
    else if (this.#state === 'opening') this.#open(message);
    else if (message.type === MessageType.GOODBYE) this.#goodbye(message);
    // After its GOODBYE the router ignores everything but the answer.
    else if (this.#state === 'open') this.#joined?.realm.handle(this.#joined.session, message);
  }

  #open(message: Message): void {
    const { serializer, authenticate } = this.#connection;
    const { realms, counters } = this.#context;
    this.#joined = join(message, { realms, authenticate, serializer, outbound: this.#outbound });
    clearTimeout(this.#helloTimer);
    counters.sessionsOpened++;
    this.#state = 'open';
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

  #helloMissing(): void {
    this.#violation(`no HELLO within ${this.#context.limits.helloTimeout} ms`);
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
    clearTimeout(this.#helloTimer);
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
