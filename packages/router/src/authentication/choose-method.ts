import { Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';
import type { Authenticate, AuthMethod } from './authentication.ts';

const ANONYMOUS: readonly string[] = ['anonymous'];

/**
 * The first of the client's methods that the endpoint has and that the HELLO suffices for; a client that offers none is
 * anonymous.
 *
 * @throws JoinError `wamp.error.no_matching_auth_method`, or `wamp.error.no_such_principal` if the client did not say
 * who it is
 */
export function chooseMethod(methods: readonly AuthMethod[]): Authenticate {
  const names = methods.map(({ name }) => name).join(', ');
  return (claim) => {
    const offered = claim.authmethods.length > 0 ? claim.authmethods : ANONYMOUS;
    const common = offered.flatMap((method) => methods.filter(({ name }) => name === method));
    if (common.length === 0) {
      throw new JoinError(Uri.NO_MATCHING_AUTH_METHOD, `the authentication methods here are: ${names}`);
    }
    const method = common.find((candidate) => candidate.canBegin(claim));
    if (method !== undefined) return method.begin(claim);
    throw new JoinError(Uri.NO_SUCH_PRINCIPAL, 'HELLO does not say who is to be authenticated');
  };
}
