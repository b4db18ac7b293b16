import { randomBytes } from 'node:crypto';
import { type AuthMethod, settle } from './authentication.ts';
import { admit, denied, type Principal, type PrincipalSource } from './principal.ts';

const METHOD = 'anonymous';

/** What the client calls itself in HELLO is a claim that nothing backs, so that it is called something else. */
function randomAuthid(): string {
  return randomBytes(12).toString('base64url');
}

/** Anyone, under a role that is the same for all and an authid that is nobody else's. */
export function staticAnonymous(role: string): PrincipalSource<Principal> {
  return { provider: 'static', find: () => ({ role }) };
}

/** Whoever the application says: for components that it attaches itself. */
export function vouchedFor(authid: string | undefined, role = 'anonymous'): PrincipalSource<Principal> {
  return { provider: 'static', find: () => ({ role, authid }) };
}

/** The method that asks for nothing. */
export function anonymous(source: PrincipalSource<Principal>): AuthMethod {
  return {
    name: METHOD,
    canBegin: () => true,
    begin: (claim) =>
      settle(source.find(claim, {}), (principal) => {
        if (principal === undefined) throw denied();
        const authid = principal.authid ?? randomAuthid();
        return admit(claim, METHOD, source.provider, { ...principal, authid });
      }),
  };
}
