import type { FailedAttempts } from '@pgwamp/config';
import { Uri } from '@pgwamp/protocol';
import { checkOptions } from '../check-options.ts';
import { JoinError } from '../errors.ts';
import { anonymous, staticAnonymous, vouchedFor } from './anonymous.ts';
import { AUTH_SCHEMA, type AuthOptions } from './auth-options.ts';
import type { Authenticate, AuthMethod } from './authentication.ts';
import {
  Authenticator,
  type AuthenticatorContext,
  KEY_ANSWER,
  PRINCIPAL_ANSWER,
  USER_ANSWER,
} from './authenticator.ts';
import { cryptosign, staticKeys } from './cryptosign.ts';
import { DecoyUsers } from './decoy-users.ts';
import { limitAttempts } from './limit-attempts.ts';
import { staticTickets, ticket } from './ticket.ts';
import { staticUsers, wampcra } from './wampcra.ts';

export type { AuthOptions, DynamicAuth } from './auth-options.ts';
export type { Authenticate } from './authentication.ts';
export type { AuthenticatorContext, AuthenticatorOptions } from './authenticator.ts';
export type { KeyHolder } from './cryptosign.ts';
export type { Principal } from './principal.ts';
export type { TicketPrincipal } from './ticket.ts';
export type { CraPrincipal } from './wampcra.ts';

const ANONYMOUS: readonly string[] = ['anonymous'];

/**
 * Chooses the first method of the client that the endpoint has and for which HELLO is complete. A client that offers no
 * method is anonymous.
 *
 * @throws JoinError `wamp.error.no_matching_auth_method`, or `wamp.error.no_such_principal` if HELLO has no authid
 */
function chooseMethod(methods: readonly AuthMethod[]): Authenticate {
  const names = methods.map(({ name }) => name).join(', ');
  return (claim) => {
    const offered = claim.authmethods.length > 0 ? claim.authmethods : ANONYMOUS;
    const common = offered.flatMap((method) => methods.filter(({ name }) => name === method));
    if (common.length === 0) {
      throw new JoinError(Uri.NO_MATCHING_AUTH_METHOD, `the authentication methods here are: ${names}`);
    }
    const method = common.find((candidate) => candidate.canBegin(claim));
    if (method !== undefined) return method.begin(claim);
    throw new JoinError(Uri.NO_SUCH_PRINCIPAL, 'HELLO has no authid');
  };
}

function anonymousFrom(options: NonNullable<AuthOptions['anonymous']>, context: AuthenticatorContext): AuthMethod {
  if (options.type === 'static') return anonymous(staticAnonymous(options.role ?? 'anonymous'));
  return anonymous(new Authenticator('anonymous', options, PRINCIPAL_ANSWER, context));
}

function ticketFrom(options: NonNullable<AuthOptions['ticket']>, context: AuthenticatorContext): AuthMethod {
  if (options.type === 'static') return ticket(staticTickets(options.principals));
  return ticket(new Authenticator('ticket', options, PRINCIPAL_ANSWER, context));
}

function wampcraFrom(options: NonNullable<AuthOptions['wampcra']>, context: AuthenticatorContext): AuthMethod {
  if (options.type === 'static') {
    return wampcra(staticUsers(options.users), new DecoyUsers(Object.values(options.users)));
  }
  return wampcra(new Authenticator('wampcra', options, USER_ANSWER, context), new DecoyUsers());
}

function cryptosignFrom(options: NonNullable<AuthOptions['cryptosign']>, context: AuthenticatorContext): AuthMethod {
  if (options.type === 'static') return cryptosign(staticKeys(options.principals));
  return cryptosign(new Authenticator('cryptosign', options, KEY_ANSWER, context));
}

/**
 * Creates the authentication of one endpoint.
 *
 * @param failures the failed attempts of all endpoints, by address
 * @throws RouterOptionError naming the path of the wrong option
 */
export function createAuthentication(
  auth: AuthOptions | undefined,
  context: AuthenticatorContext,
  failures: FailedAttempts,
): Authenticate {
  if (auth === undefined) return chooseMethod([anonymous(staticAnonymous('anonymous'))]);
  checkOptions(AUTH_SCHEMA, auth, ['auth']);
  const methods = [
    auth.anonymous && anonymousFrom(auth.anonymous, context),
    auth.ticket && ticketFrom(auth.ticket, context),
    auth.wampcra && wampcraFrom(auth.wampcra, context),
    auth.cryptosign && cryptosignFrom(auth.cryptosign, context),
  ];
  const isStatic = (method: AuthMethod) => method.name === 'anonymous' && auth.anonymous?.type === 'static';
  const known = methods.filter((method) => method !== undefined);
  return chooseMethod(known.map((method) => (isStatic(method) ? method : limitAttempts(method, failures))));
}

/** Authenticates with the identity that the application gives, for components that it attaches itself. */
export function trust(authid: string | undefined, authrole: string | undefined): Authenticate {
  return chooseMethod([anonymous(vouchedFor(authid, authrole))]);
}
