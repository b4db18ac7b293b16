import type { HeadElement, Payload, Serializer } from '@pgwamp/protocol';
import { Frame, IdSequence, MessageType, NO_PAYLOAD, ProtocolViolation, ValuesPayload } from '@pgwamp/protocol';
import type { Role } from '../authorization/role.ts';
import type { ClientFeatures } from './features.ts';
import type { Client, Identity, SessionConnection } from './identity.ts';

/** Where the frames for a session go. */
interface Outlet {
  send(frame: Frame): void;
}

/** What a session is made of. */
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

/** A client that has joined a realm: what broker and dealer see of it. */
export class Session implements Client {
  readonly id: number;
  readonly realm: string;
  readonly identity: Identity;
  /** Who decides what it may do; `undefined` if nothing is denied to it. */
  readonly role: Role | undefined;
  readonly features: ClientFeatures;
  readonly serializer: Serializer;
  /** Request ids of what the router asks of this client: its INVOCATIONs. */
  readonly requests = new IdSequence();
  readonly transport: SessionConnection;
  /** Says GOODBYE and ends the session. */
  readonly close: SessionParts['close'];
  /** It has left its realm: nothing is done for it any more. */
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

  /** Sends a message; `false` if its payload cannot be written in the format of this session, which is reported. */
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

  /** Sends a frame that others receive as well. */
  sendFrame(frame: Frame): void {
    this.#outbound.send(frame);
  }

  /** Answers a request with ERROR; the words become its only argument. */
  refuse(type: number, request: number, uri: string, words: string): void {
    this.send([MessageType.ERROR, type, request, {}, uri], new ValuesPayload([[words]]));
  }

  /** @throws ProtocolViolation if the client's request id is not the next one */
  expectRequest(request: number): void {
    const expected = this.#expected.next();
    if (request !== expected) throw new ProtocolViolation(`the request id must be ${expected}, found ${request}`);
  }
}
