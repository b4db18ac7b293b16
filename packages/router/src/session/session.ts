import type { HeadElement, Payload, Serializer } from '@pgwamp/protocol';
import { Frame, IdSequence, MessageType, NO_PAYLOAD, ProtocolViolation, ValuesPayload } from '@pgwamp/protocol';
import type { Role } from '../authorization/role.ts';
import type { ClientFeatures } from './features.ts';
import type { Client, Identity, SessionConnection } from './identity.ts';

/** The outbound side of a session. */
interface Outlet {
  send(frame: Frame): void;
}

/** The parts of a session. */
export interface SessionParts {
  readonly id: number;
  readonly realm: string;
  readonly identity: Identity;
  readonly role: Role | undefined;
  readonly features: ClientFeatures;
  readonly serializer: Serializer;
  readonly transport: SessionConnection;
  readonly outbound: Outlet;
  /** Sends GOODBYE and ends the session. */
  readonly close: (reason: string, message: string) => void;
  /** Receives errors of the router itself that end no session. */
  readonly onError: (error: Error) => void;
}

/** A client that has joined a realm, as broker and dealer see it. */
export class Session implements Client {
  readonly id: number;
  readonly realm: string;
  readonly identity: Identity;
  /** The role that decides about its requests; `undefined` if it may do everything. */
  readonly role: Role | undefined;
  readonly features: ClientFeatures;
  readonly serializer: Serializer;
  /** The request ids of the router towards this client, for INVOCATION. */
  readonly requests = new IdSequence();
  readonly transport: SessionConnection;
  /** Sends GOODBYE and ends the session. */
  readonly close: SessionParts['close'];
  /** Whether it has left its realm; then nothing more is done for it. */
  hasLeft = false;
  readonly #outbound: Outlet;
  readonly #onError: SessionParts['onError'];
  readonly #expected = new IdSequence();

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.realm = parts.realm;
    this.identity = parts.identity;
    this.role = parts.role;
    this.features = parts.features;
    this.serializer = parts.serializer;
    this.transport = parts.transport;
    this.close = parts.close;
    this.#outbound = parts.outbound;
    this.#onError = parts.onError;
  }

  /**
   * Sends a message. Returns `false` if its payload cannot be written in the format of this session; that error is
   * reported.
   */
  send(head: readonly HeadElement[], payload: Payload = NO_PAYLOAD): boolean {
    let frame: Frame;
    try {
      frame = new Frame(this.serializer.encode(head, payload));
    } catch (error) {
      this.#onError(error as Error);
      return false;
    }
    this.#outbound.send(frame);
    return true;
  }

  /** Sends a frame that other sessions receive as well. */
  sendFrame(frame: Frame): void {
    this.#outbound.send(frame);
  }

  /** Answers a request with ERROR; `words` is its only argument. */
  refuse(type: number, request: number, uri: string, words: string): void {
    this.send([MessageType.ERROR, type, request, {}, uri], new ValuesPayload([[words]]));
  }

  /** @throws ProtocolViolation if the request id of the client is not the next one */
  expectRequest(request: number): void {
    const expected = this.#expected.next();
    if (request !== expected) throw new ProtocolViolation(`the request id must be ${expected}, found ${request}`);
  }
}
