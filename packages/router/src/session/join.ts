import { JoinError, ProtocolViolation } from '../errors.ts';
import type { Message } from '../protocol/message.ts';
import { MessageType } from '../protocol/message-type.ts';
import type { Dict } from '../protocol/shapes.ts';
import type { Realm } from '../realm/realm.ts';
import type { Serializer } from '../serializer/serializer.ts';
import { Uri } from '../uris.ts';
import type { Authenticate } from './authentication.ts';
import { ClientFeatures } from './features.ts';
import type { Outbound } from './outbound.ts';
import { Session } from './session.ts';

/** What joining needs beside the HELLO. */
export interface JoinContext {
  readonly realms: ReadonlyMap<string, Realm>;
  readonly authenticate: Authenticate;
  readonly serializer: Serializer;
  readonly outbound: Outbound;
}

function checkRoles(roles: unknown): void {
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) {
    throw new ProtocolViolation('HELLO: Details.roles is not a dictionary');
  }
}

function welcome(session: Session, realm: Realm): void {
  const { authid, authrole, authmethod, authprovider } = session.identity;
  const details = { realm: realm.name, roles: realm.roles, authid, authrole, authmethod, authprovider };
  session.send([MessageType.WELCOME, session.id, details]);
}

/**
 * Turns a HELLO into a session of its realm.
 *
 * @throws ProtocolViolation if the message is not a HELLO
 * @throws JoinError if the HELLO is refused
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-establishment
 */
export function join(message: Message, context: JoinContext): { session: Session; realm: Realm } {
  if (message.type !== MessageType.HELLO) throw new ProtocolViolation('the first message must be HELLO');
  const [, name, details] = message.elements as readonly [number, string, Dict];
  checkRoles(details.roles);
  const realm = context.realms.get(name);
  if (realm === undefined) throw new JoinError(Uri.NO_SUCH_REALM, `there is no realm ${JSON.stringify(name)}`);
  const { serializer, outbound } = context;
  const parts = {
    realm: name,
    identity: context.authenticate(details),
    features: new ClientFeatures(details.roles),
    serializer,
    outbound,
  };
  const session = new Session(parts, (id) => realm.hasSession(id));
  realm.join(session);
  welcome(session, realm);
  return { session, realm };
}
