import type { Dict, Message } from '@pgwamp/protocol';
import { MessageType, ProtocolViolation, randomId, Uri } from '@pgwamp/protocol';
import { type Admission, type Authenticate, isChallenge, type Outcome } from '../authentication/authentication.ts';
import { JoinError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Transport } from '../transports/transport.ts';
import { announcesRole, ClientFeatures } from './features.ts';

/** The parts of HELLO that the router uses, and the id of the new session. */
export interface Hello {
  readonly session: number;
  readonly realm: string;
  readonly features: ClientFeatures;
  /** The authid in HELLO, if the client sent one. */
  readonly authid: string | undefined;
  /** The authentication methods that the client offers, in its order of preference. */
  readonly authmethods: readonly string[];
  /** HELLO.Details.authextra: further data for the authentication method. */
  readonly authextra: unknown;
}

/** The dependencies of a {@link Handshake}. */
export interface HandshakeParts {
  readonly transport: Transport;
  readonly authenticate: Authenticate;
  readonly limits: Limits;
}

/** The outcomes of a {@link Handshake}. */
export interface HandshakeEvents {
  /** The peer sends CHALLENGE. */
  challenge(method: string, extra: Dict): void;
  admitted(admission: Admission, hello: Hello): void;
  /** The handshake timed out, or an authenticator failed. */
  failed(error: Error): void;
}

/** @throws ProtocolViolation */
function helloFrom(message: Message): Hello {
  if (message.type !== MessageType.HELLO) throw new ProtocolViolation('the first message must be HELLO');
  const [, realm, { roles, authid, authmethods, authextra }] = message.elements as readonly [number, string, Dict];
  if (!announcesRole(roles)) throw new ProtocolViolation('HELLO: Details.roles contains no role of a client');
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
 * The messages before a session exists: HELLO, and CHALLENGE and AUTHENTICATE if the method requires them. Without an
 * authenticator, it completes before {@link receive} returns.
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
   * @throws ProtocolViolation for an unexpected message
   * @throws JoinError if the client is refused
   */
  receive(message: Message): void {
    const next = this.#next;
    if (next === undefined) throw new ProtocolViolation('the router has not answered yet');
    this.#next = undefined;
    next(message);
  }

  /** Cancels the handshake. */
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
    if (message.type !== MessageType.AUTHENTICATE)
      throw new ProtocolViolation('the answer to CHALLENGE must be AUTHENTICATE');
    this.#proceed(verify(message.elements[1] as string), hello);
  }

  /** One time limit for everything after HELLO. */
  #limitTime(): void {
    const { authenticationTimeout } = this.#parts.limits;
    if (this.#isTimed) return;
    this.#isTimed = true;
    const words = `not authenticated within ${authenticationTimeout} ms`;
    const late = () => this.#events.failed(new JoinError(Uri.AUTHENTICATION_FAILED, words));
    this.#timer = setTimeout(late, authenticationTimeout).unref();
  }
}
