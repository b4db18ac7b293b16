import { EMPTY_DICT } from '@pgwamp/protocol';
import { type AuthMethod, type Claim, settle } from './authentication.ts';
import { admit, denied, knownOrUndefined, type Principal, type PrincipalSource } from './principal.ts';
import { isSameSecret } from './process-secret.ts';

const METHOD = 'ticket';

/** A principal of static ticket authentication. */
export interface TicketPrincipal extends Principal {
  readonly ticket: string;
}

/** Principals of a configuration, by authid. */
export function staticTickets(principals: Readonly<Record<string, TicketPrincipal>>): PrincipalSource<Principal> {
  const known = new Map(Object.entries(principals));
  return {
    provider: 'static',
    find: ({ authid = '' }, { ticket }) => {
      const principal = known.get(authid);
      const isRight = isSameSecret(principal?.ticket ?? '', String(ticket));
      return isRight ? principal : undefined;
    },
  };
}

/**
 * The client sends a ticket, which is compared with the configuration or checked by an authenticator.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#ticketauth
 */
export function ticket(source: PrincipalSource<Principal>): AuthMethod {
  const verify = (claim: Claim, signature: string) =>
    settle(knownOrUndefined(source.find(claim, { ticket: signature })), (principal) => {
      if (principal === undefined) throw denied();
      return admit(claim, METHOD, source.provider, principal);
    });
  return {
    name: METHOD,
    canBegin: ({ authid }) => authid !== undefined,
    begin: (claim) => ({ method: METHOD, extra: EMPTY_DICT, verify: (signature) => verify(claim, signature) }),
  };
}
