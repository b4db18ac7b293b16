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

/** The part of the realm that a service session uses. */
interface ServiceRealm {
  readonly name: string;
  roleNamed(name: string): Role | undefined;
  handle(session: Session, message: Message): Promise<void> | undefined;
  leave(session: Session): void;
}

/** Receives the messages of the router to the session, before they are serialized. */
type Inbox = (head: readonly HeadElement[], payload: Payload) => void;

const CLOSED = 'the session is closed';
const CANCELED = 'the caller has left';
const FEATURES = new ClientFeatures({ caller: { features: { call_canceling: true } }, publisher: {} });
const TRANSPORT = { kind: 'service', peer: 'router', bufferedAmount: 0 };

// The session never subscribes, so no frame is written for it. Clients cannot see it, so none can end it.
const NOWHERE = { outbound: { send: () => {} }, close: () => {}, onError: () => {} };

/** A session without a connection: it passes its messages to a callback. */
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

/** A violation cannot end a connection here, so it becomes an error of the request. */
function failureFrom(error: unknown): Error {
  if (error instanceof ProtocolViolation) return new ServiceError(Uri.PROTOCOL_VIOLATION, [error.message]);
  return error as Error;
}

function isProgress([type, , details]: readonly HeadElement[]): boolean {
  return type === MessageType.RESULT && (details as Dict).progress === true;
}

/**
 * A session of the router itself in a realm, without a connection. Its requests pass the same handlers and the same
 * authorization as requests of clients. Clients cannot see it.
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

  /**
   * @param gone a signal that cancels the call
   * @throws ServiceError with the error of the callee or of the router
   */
  async call(
    procedure: string,
    args: readonly unknown[] = [],
    kwargs: Dict = EMPTY_DICT,
    options: Dict = EMPTY_DICT,
    gone?: AbortSignal,
  ): Promise<ServiceResult> {
    if (gone?.aborted) throw new ServiceError(Uri.CANCELED, [CANCELED]);
    const request = this.#requests.next();
    const cancel = () => this.#cancel(request);
    gone?.addEventListener('abort', cancel, { once: true });
    try {
      const payload = payloadOf(args, kwargs);
      return (await this.#request(request, MessageType.CALL, options, procedure, payload)).result;
    } finally {
      gone?.removeEventListener('abort', cancel);
    }
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
    const request = this.#requests.next();
    const { head } = await this.#request(request, MessageType.PUBLISH, acknowledged, topic, payloadOf(args, kwargs));
    return head[2] as number;
  }

  /** Leaves the realm; pending requests are rejected. */
  close(): void {
    this.#realm.leave(this.#session);
    for (const { reject } of this.#pending.values()) reject(new ServiceError(Uri.CANCELED, [CLOSED]));
    this.#pending.clear();
  }

  /** Interrupts the callee if possible. The call itself ends with the ERROR that follows. */
  #cancel(request: number): void {
    const elements = [MessageType.CANCEL, request, { mode: 'killnowait' }];
    // CANCEL requires no permission, so there is no authorizer to wait for.
    void this.#realm.handle(this.#session, { type: MessageType.CANCEL, elements, payload: NO_PAYLOAD });
  }

  #request(
    request: number,
    type: number,
    options: Dict,
    uri: string,
    payload: Payload,
  ): Promise<Parameters<Pending['resolve']>[0]> {
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
