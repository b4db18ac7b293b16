import { randomBytes } from 'node:crypto';
import { type AuthMethod, settle } from './authentication.ts';
import { admit, denied, type Principal, type PrincipalSource } from './principal.ts';

const METHOD = 'anonymous';

/** The router ignores the authid in HELLO, because nothing proves it, and assigns a random one. */
function randomAuthid(): string {
  return randomBytes(12).toString('base64url');
}

/** A principal for every client: a fixed role and a random authid. */
export function staticAnonymous(role: string): PrincipalSource<Principal> {
  return { provider: 'static', find: () => ({ role }) };
}

/** A principal given by the application, for components that the application attaches itself. */
export function vouchedFor(authid: string | undefined, role = 'anonymous'): PrincipalSource<Principal> {
  return { provider: 'static', find: () => ({ role, authid }) };
}

/** The method `anonymous`: it requires no proof. */
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
