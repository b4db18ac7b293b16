import {
  type Dict,
  EMPTY_DICT,
  type HeadElement,
  IdSequence,
  json,
  type Message,
  MessageType,
  NO_PAYLOAD,
  type Payload,
  ProtocolViolation,
  randomId,
  Uri,
  ValuesPayload,
} from '@pgwamp/protocol';
import type { Role } from '../authorization/role.ts';
import { ServiceError } from '../errors.ts';
import { ClientFeatures } from '../session/features.ts';
import type { Identity } from '../session/identity.ts';
import { Session } from '../session/session.ts';

/** The result of a call. */
export interface ServiceResult {
  readonly args: readonly unknown[];
  readonly kwargs: Dict;
}

/** What a service session needs of its realm. */
interface ServiceRealm {
  readonly name: string;
  roleNamed(name: string): Role | undefined;
  handle(session: Session, message: Message): Promise<void> | undefined;
  leave(session: Session): void;
}

/** Receives what the router sends to the session, before it is serialized. */
type Inbox = (head: readonly HeadElement[], payload: Payload) => void;

const CLOSED = 'the session is closed';
const FEATURES = new ClientFeatures({ caller: { features: { call_canceling: true } }, publisher: {} });
const TRANSPORT = { kind: 'service', peer: 'router' };

// The session never subscribes, so no frame is written for it; no client sees it, so none can end it.
const NOWHERE = { outbound: { send: () => {} }, close: () => {}, onError: () => {} };

/** A session without a connection: it hands over what is sent to it. */
class InboxSession extends Session {
  readonly #inbox: Inbox;

  constructor(realm: string, identity: Identity, role: Role | undefined, inbox: Inbox) {
    const id = randomId();
    super({ ...NOWHERE, id, realm, identity, role, features: FEATURES, serializer: json, transport: TRANSPORT });
    this.#inbox = inbox;
  }

  override send(head: readonly HeadElement[], payload: Payload = NO_PAYLOAD): boolean {
    this.#inbox(head, payload);
    return true;
  }
}

interface Pending {
  resolve(message: { readonly head: readonly HeadElement[]; readonly result: ServiceResult }): void;
  reject(error: Error): void;
}

function payloadOf(args: readonly unknown[], kwargs: Dict): Payload {
  if (Object.keys(kwargs).length > 0) return new ValuesPayload([args, kwargs]);
  return args.length > 0 ? new ValuesPayload([args]) : NO_PAYLOAD;
}

function resultOf(payload: Payload): ServiceResult {
  const [args = [], kwargs = EMPTY_DICT] = payload.values();
  return { args: args as readonly unknown[], kwargs: kwargs as Dict };
}

/** There is no connection that a violation could end. */
function failureFrom(error: unknown): Error {
  if (error instanceof ProtocolViolation) return new ServiceError(Uri.PROTOCOL_VIOLATION, [error.message]);
  return error as Error;
}

function isProgress([type, , details]: readonly HeadElement[]): boolean {
  return type === MessageType.RESULT && (details as Dict).progress === true;
}

/**
 * A session of the router itself in a realm, without a connection. Its requests pass the same handlers and the same
 * authorization as those of a client. Clients cannot see it.
 */
export class ServiceSession {
  readonly #realm: ServiceRealm;
  readonly #session: InboxSession;
  readonly #requests = new IdSequence();
  readonly #pending = new Map<number, Pending>();

  /** @throws JoinError if the realm has no such role */
  constructor(realm: ServiceRealm, identity: Identity) {
    this.#realm = realm;
    const role = realm.roleNamed(identity.authrole);
    this.#session = new InboxSession(realm.name, identity, role, (head, payload) => this.#receive(head, payload));
  }

  /** @throws ServiceError with the callee's or the router's error */
  async call(
    procedure: string,
    args: readonly unknown[] = [],
    kwargs: Dict = EMPTY_DICT,
    options: Dict = EMPTY_DICT,
  ): Promise<ServiceResult> {
    const { result } = await this.#request(MessageType.CALL, options, procedure, payloadOf(args, kwargs));
    return result;
  }

  /**
   * Publishes with an acknowledgement; the result is the publication's id.
   *
   * @throws ServiceError if the publication is refused
   */
  async publish(
    topic: string,
    args: readonly unknown[] = [],
    kwargs: Dict = EMPTY_DICT,
    options: Dict = EMPTY_DICT,
  ): Promise<number> {
    const acknowledged = { ...options, acknowledge: true };
    const { head } = await this.#request(MessageType.PUBLISH, acknowledged, topic, payloadOf(args, kwargs));
    return head[2] as number;
  }

  /** Leaves the realm; what is pending is rejected. */
  close(): void {
    this.#realm.leave(this.#session);
    for (const { reject } of this.#pending.values()) reject(new ServiceError(Uri.CANCELED, [CLOSED]));
    this.#pending.clear();
  }

  #request(type: number, options: Dict, uri: string, payload: Payload): Promise<Parameters<Pending['resolve']>[0]> {
    const request = this.#requests.next();
    if (this.#session.hasLeft) return Promise.reject(new ServiceError(Uri.CANCELED, [CLOSED]));
    return new Promise((resolve, reject) => {
      this.#pending.set(request, { resolve, reject });
      const message = { type, elements: [type, request, options, uri, ...payload.values()], payload };
      const failed = (error: unknown) => {
        this.#pending.delete(request);
        reject(failureFrom(error));
      };
      try {
        this.#realm.handle(this.#session, message)?.catch(failed);
      } catch (error) {
        failed(error);
      }
    });
  }

  #receive(head: readonly HeadElement[], payload: Payload): void {
    const isError = head[0] === MessageType.ERROR;
    const request = (isError ? head[2] : head[1]) as number;
    if (isProgress(head)) return;
    const pending = this.#pending.get(request);
    this.#pending.delete(request);
    const result = resultOf(payload);
    if (isError) pending?.reject(new ServiceError(head[4] as string, result.args, result.kwargs));
    else pending?.resolve({ head, result });
  }
}
