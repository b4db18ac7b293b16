import type { HeadElement, Payload } from '@pgwamp/protocol';
import { json, NO_PAYLOAD, readMessage } from '@pgwamp/protocol';
import { DEFAULT_LIMITS, type Limits } from '../../src/index.ts';
import { UriRules } from '../../src/matching/uri-rules.ts';
import { Realm } from '../../src/realm/realm.ts';
import { ClientFeatures } from '../../src/session/features.ts';
import { Session } from '../../src/session/session.ts';
import { Counters } from '../../src/stats.ts';
import type { Announced } from './attach-with.ts';
import type { Elements } from './wamp-client.ts';

const IDENTITY = { authid: 'joe', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'static' };

// All that is sent to these sessions goes through send().
const UNUSED = {
  transport: { kind: 'test', peer: 'test', bufferedAmount: 0 },
  outbound: { send: () => {} },
  close: () => {},
  onError: fail,
};

function roles({ caller = [], callee = [] }: Announced): object {
  const role = (features: readonly string[]) => ({
    features: Object.fromEntries(features.map((name) => [name, true])),
  });
  return { caller: role(caller), callee: role(callee) };
}

/** A session without a transport: what is sent to it arrives before `send` returns. */
export class DirectSession extends Session {
  readonly received: Elements[] = [];
  /** Called for each message; may end the session, as a transport does that overflows. */
  onmessage: (message: Elements) => void = () => {};
  readonly #realm: Realm;

  constructor(realm: Realm, id: number, announced: Announced = {}) {
    const features = new ClientFeatures(roles(announced));
    super({ ...UNUSED, id, realm: realm.name, identity: IDENTITY, role: undefined, features, serializer: json });
    this.#realm = realm;
    realm.join(this);
  }

  override send(head: readonly HeadElement[], payload: Payload = NO_PAYLOAD): boolean {
    if (this.hasLeft) return true;
    const message = [...head, ...payload.values()];
    this.received.push(message);
    this.onmessage(message);
    return true;
  }

  /** Handles a message of this session's, and all that follows from it. */
  request(message: Elements): void {
    // Requests that have to wait, for example for an authorizer, are answered by messages.
    void this.#realm.handle(this, readMessage(json, JSON.stringify(message), DEFAULT_LIMITS.maxDepth));
  }

  /** The same for a message of values that JSON does not have, and without a payload. */
  requestValues(elements: Elements): void {
    void this.#realm.handle(this, { type: elements[0] as number, elements, payload: NO_PAYLOAD });
  }

  leave(): void {
    if (!this.hasLeft) this.#realm.leave(this);
  }

  /** Leaves as soon as a message of this type arrives. */
  leaveOn(type: number): this {
    this.onmessage = (message) => {
      if (message[0] === type) this.leave();
    };
    return this;
  }

  of(type: number): Elements[] {
    return this.received.filter((message) => message[0] === type);
  }
}

function fail(error: Error): never {
  throw error;
}

/** A realm to which sessions are connected directly. */
export function createRealm(limits: Partial<Limits> = {}, onError: (error: Error) => void = fail): Realm {
  const uris = new UriRules('loose');
  const counters = new Counters();
  return new Realm('realm1', {
    uris,
    limits: { ...DEFAULT_LIMITS, ...limits },
    counters,
    sequentialRequests: false,
    onError,
  });
}
