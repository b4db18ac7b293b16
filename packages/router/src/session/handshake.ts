import type { Dict, Message } from '@pgwamp/protocol';
import { MessageType, ProtocolViolation, randomId, Uri } from '@pgwamp/protocol';
import { type Admission, type Authenticate, isChallenge, type Outcome } from '../authentication/authentication.ts';
import { JoinError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Transport } from '../transports/transport.ts';
import { announcesRole, ClientFeatures } from './features.ts';

/** What a client has said in HELLO, as far as it is needed, and the id that its session gets. */
export interface Hello {
  readonly session: number;
  readonly realm: string;
  readonly features: ClientFeatures;
  /** Who the client says it is, if it does. */
  readonly authid: string | undefined;
  /** The authentication methods that it offers, the preferred one first. */
  readonly authmethods: readonly string[];
  /** What authentication methods have in HELLO beside that. */
  readonly authextra: unknown;
}

/** What a {@link Handshake} needs to know. */
export interface HandshakeParts {
  readonly transport: Transport;
  readonly authenticate: Authenticate;
  readonly limits: Limits;
}

/** What comes of a {@link Handshake}. */
export interface HandshakeEvents {
  /** CHALLENGE is to be sent. */
  challenge(method: string, extra: Dict): void;
  admitted(admission: Admission, hello: Hello): void;
  /** It took too long, or an authenticator failed. */
  failed(error: Error): void;
}

/** @throws ProtocolViolation */
function helloFrom(message: Message): Hello {
  if (message.type !== MessageType.HELLO) throw new ProtocolViolation('the first message must be HELLO');
  const [, realm, { roles, authid, authmethods, authextra }] = message.elements as readonly [number, string, Dict];
  if (!announcesRole(roles)) throw new ProtocolViolation('HELLO: Details.roles has none of the roles of a client');
  return {
    session: randomId(),
    realm,
    features: new ClientFeatures(roles),
    authid: typeof authid === 'string' && authid !== '' ? authid : undefined,
    authmethods: Array.isArray(authmethods) ? authmethods.filter((method) => typeof method === 'string') : [],
    authextra: authextra ?? null,
  };
}

/**
 * The messages before there is a session: HELLO, and if the method needs them CHALLENGE and AUTHENTICATE. If no
 * authenticator has to be asked, it is over before {@link receive} returns.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-establishment
 */
export class Handshake {
  readonly #parts: HandshakeParts;
  readonly #events: HandshakeEvents;
  #next: ((message: Message) => void) | undefined = (message) => this.#hello(message);
  #isOver = false;
  #isTimed = false;
  #timer: NodeJS.Timeout;

  constructor(parts: HandshakeParts, events: HandshakeEvents) {
    this.#parts = parts;
    this.#events = events;
    const { helloTimeout } = parts.limits;
    const missing = () => events.failed(new ProtocolViolation(`no HELLO within ${helloTimeout} ms`));
    this.#timer = setTimeout(missing, helloTimeout).unref();
  }

  /**
   * @throws ProtocolViolation for a message that is not the next one
   * @throws JoinError if the client is refused
   */
  receive(message: Message): void {
    const next = this.#next;
    if (next === undefined) throw new ProtocolViolation('the router has not answered yet');
    this.#next = undefined;
    next(message);
  }

  /** Nothing comes of it any more. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #hello(message: Message): void {
    const hello = helloFrom(message);
    clearTimeout(this.#timer);
    const { kind, peer } = this.#parts.transport;
    this.#proceed(this.#parts.authenticate({ ...hello, transport: { kind, peer } }), hello);
  }

  #proceed(outcome: Outcome | Promise<Outcome>, hello: Hello): void {
    if (outcome instanceof Promise) this.#await(outcome, hello);
    else if (isChallenge(outcome)) {
      this.#next = (message) => this.#authenticate(message, (signature) => outcome.verify(signature), hello);
      this.#limitTime();
      this.#events.challenge(outcome.method, outcome.extra);
    } else this.#events.admitted(outcome, hello);
  }

  #await(outcome: Promise<Outcome>, hello: Hello): void {
    this.#limitTime();
    const unlessOver = (act: () => void) => {
      try {
        if (!this.#isOver) act();
      } catch (error) {
        this.#events.failed(error as Error);
      }
    };
    outcome.then(
      (settled) => unlessOver(() => this.#proceed(settled, hello)),
      (error) => unlessOver(() => this.#events.failed(error)),
    );
  }

  #authenticate(message: Message, verify: (signature: string) => Admission | Promise<Admission>, hello: Hello): void {
    if (message.type !== MessageType.AUTHENTICATE) throw new ProtocolViolation('CHALLENGE is answered by AUTHENTICATE');
    this.#proceed(verify(message.elements[1] as string), hello);
  }

  /** One time for all that follows HELLO. */
  #limitTime(): void {
    const { authenticationTimeout } = this.#parts.limits;
    if (this.#isTimed) return;
    this.#isTimed = true;
    const words = `not authenticated within ${authenticationTimeout} ms`;
    const late = () => this.#events.failed(new JoinError(Uri.AUTHENTICATION_FAILED, words));
    this.#timer = setTimeout(late, authenticationTimeout).unref();
  }
}
