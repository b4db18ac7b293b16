import { json } from '../serializer/json.ts';
import type { HeadElement, Payload } from '../serializer/serializer.ts';
import { NO_PAYLOAD } from '../serializer/values-payload.ts';
import { ClientFeatures } from './features.ts';
import type { Identity } from './identity.ts';
import { Session } from './session.ts';

/** Takes what the router has to say, before it would be written. */
export type Inbox = (head: readonly HeadElement[], payload: Payload) => void;

const ROLES = { caller: { features: { call_canceling: true } }, publisher: {} };

// It asks for nothing that comes as a frame made for many: it never subscribes.
const NOWHERE = { send: () => {} };

/** A session without a connection: what is sent to it is handed over as it is. */
export class InboxSession extends Session {
  readonly #inbox: Inbox;

  constructor(realm: string, identity: Identity, inbox: Inbox) {
    const features = new ClientFeatures(ROLES);
    super({ realm, identity, features, serializer: json, outbound: NOWHERE }, () => false);
    this.#inbox = inbox;
  }

  override send(head: readonly HeadElement[], payload: Payload = NO_PAYLOAD): void {
    this.#inbox(head, payload);
  }
}
