import type { Serializer } from '@pgwamp/protocol';
import { MessageType, randomId, Uri } from '@pgwamp/protocol';
import type { Admission } from '../authentication/authentication.ts';
import { JoinError } from '../errors.ts';
import type { Realm } from '../realm/realm.ts';
import type { Transport } from '../transports/transport.ts';
import type { Hello } from './handshake.ts';
import { Session, type SessionParts } from './session.ts';

/** The data required to join, besides HELLO. */
export interface JoinContext {
  readonly realms: ReadonlyMap<string, Realm>;
  readonly serializer: Serializer;
  readonly transport: Transport;
  readonly outbound: SessionParts['outbound'];
  readonly close: SessionParts['close'];
  readonly onError: SessionParts['onError'];
}

/** A session and its realm. */
export interface Joined {
  readonly session: Session;
  readonly realm: Realm;
}

/** The id that was drawn for HELLO, which CHALLENGE may contain; another one if it has been taken in the meantime. */
function freeId(drawn: number, realm: Realm): number {
  let id = drawn;
  while (realm.hasSession(id)) id = randomId();
  return id;
}

/**
 * Creates the session of an accepted client. It sends nothing yet.
 *
 * @throws JoinError if the realm does not exist or has no such role
 */
export function join({ realm: name, identity }: Admission, hello: Hello, context: JoinContext): Joined {
  const { realms, serializer, transport, outbound, close, onError } = context;
  const realm = realms.get(name);
  if (realm === undefined) throw new JoinError(Uri.NO_SUCH_REALM, `there is no realm ${JSON.stringify(name)}`);
  const role = realm.roleNamed(identity.authrole);
  const { features } = hello;
  const parts = {
    id: freeId(hello.session, realm),
    realm: name,
    identity,
    role,
    features,
    serializer,
    transport,
    outbound,
    close,
    onError,
  };
  const session = new Session(parts);
  realm.join(session);
  return { session, realm };
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#name-welcome */
export function welcome({ session, realm }: Joined): void {
  const details = { realm: realm.name, roles: realm.roles, ...session.identity };
  session.send([MessageType.WELCOME, session.id, details]);
}
