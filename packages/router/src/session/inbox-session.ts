import type { HeadElement, Payload } from '@pgwamp/protocol';
import { json, NO_PAYLOAD, randomId } from '@pgwamp/protocol';
import type { Role } from '../authorization/role.ts';
import { ClientFeatures } from './features.ts';
import type { Identity } from './identity.ts';
import { Session } from './session.ts';

/** Takes what the router has to say, before it would be written. */
export type Inbox = (head: readonly HeadElement[], payload: Payload) => void;

const FEATURES = new ClientFeatures({ caller: { features: { call_canceling: true } }, publisher: {} });

const TRANSPORT = { kind: 'service', peer: 'router' };

// It asks for nothing that comes as a frame made for many: it never subscribes. Nobody sees it, who could end it.
const NOWHERE = { outbound: { send: () => {} }, close: () => {} };

/** A session without a connection: what is sent to it is handed over as it is. */
export class InboxSession extends Session {
  readonly #inbox: Inbox;

  constructor(realm: string, identity: Identity, role: Role | undefined, inbox: Inbox) {
    const id = randomId();
    super({ ...NOWHERE, id, realm, identity, role, features: FEATURES, serializer: json, transport: TRANSPORT });
    this.#inbox = inbox;
  }

  override send(head: readonly HeadElement[], payload: Payload = NO_PAYLOAD): void {
    this.#inbox(head, payload);
  }
}
