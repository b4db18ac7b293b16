import { randomBytes } from 'node:crypto';
import { JoinError } from '../errors.ts';
import type { Dict } from '../protocol/shapes.ts';
import { Uri } from '../uris.ts';
import type { Identity } from './identity.ts';

/** Decides who a client is from its HELLO.Details. */
export type Authenticate = (details: Dict) => Identity;

/**
 * Anyone, under a random authid. A client that offers methods has to offer this one.
 *
 * @throws JoinError `wamp.error.no_matching_auth_method`
 * @see https://wamp-proto.org/wamp_latest_ietf.html#auth-methods
 */
export function anonymous(details: Dict): Identity {
  const offered = details.authmethods;
  if (Array.isArray(offered) && offered.length > 0 && !offered.includes('anonymous')) {
    throw new JoinError(Uri.NO_MATCHING_AUTH_METHOD, 'the only authentication method here is anonymous');
  }
  return {
    // What the client calls itself in HELLO is a claim that nothing backs.
    authid: randomBytes(12).toString('base64url'),
    authrole: 'anonymous',
    authmethod: 'anonymous',
    authprovider: 'static',
  };
}

/** Whoever the application says: for components that it attaches itself. */
export function trusted(authid: string | undefined, authrole: string | undefined): Authenticate {
  return (details) => {
    const identity = anonymous(details);
    return { ...identity, authid: authid ?? identity.authid, authrole: authrole ?? identity.authrole };
  };
}
