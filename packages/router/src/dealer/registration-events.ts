import { MetaTopic } from '@pgwamp/protocol';
import type { RealmContext } from '../realm/context.ts';
import type { Session } from '../session/session.ts';
import type { Registration } from './registration.ts';

/** @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-reg-metapi */
export function tellRegistered(context: RealmContext, registration: Registration, callee: Session): void {
  const isNew = registration.endpoints.length === 1;
  if (isNew && context.isAnnounced(MetaTopic.REGISTRATION_ON_CREATE)) {
    context.announce(MetaTopic.REGISTRATION_ON_CREATE, [callee.id, registration.details]);
  }
  context.announce(MetaTopic.REGISTRATION_ON_REGISTER, [callee.id, registration.id]);
}

/** @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-reg-metapi */
export function tellUnregistered(context: RealmContext, registration: Registration, callee: Session): void {
  // Before anything is sent: that may end the session of another callee, which then is the last one.
  const isLast = registration.endpoints.length === 0;
  context.announce(MetaTopic.REGISTRATION_ON_UNREGISTER, [callee.id, registration.id]);
  if (isLast) context.announce(MetaTopic.REGISTRATION_ON_DELETE, [callee.id, registration.id]);
}
