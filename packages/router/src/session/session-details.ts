import type { Dict } from '@pgwamp/protocol';
import type { Session } from './session.ts';

/**
 * What others may know of a session: the payload of `wamp.session.on_join`, the result of `wamp.session.get`, and, with
 * `authextra`, what authorizers are told.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-session-meta-api
 */
export function sessionDetails({ id, identity, transport }: Session): Dict {
  const { authid, authrole, authmethod, authprovider } = identity;
  return {
    session: id,
    authid,
    authrole,
    authmethod,
    authprovider,
    transport: { type: transport.kind, peer: transport.peer },
  };
}
