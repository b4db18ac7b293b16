import type { Dict } from '@pgwamp/protocol';
import { Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';
import type { Admission, Claim } from './authentication.ts';

/** What a configuration, or an authenticator, says of somebody, beside the secret. */
export interface Principal {
  readonly role: string;
  /** Takes the place of the realm that the client asked for. */
  readonly realm?: string | undefined;
  /** Takes the place of the authid that the client gave. */
  readonly authid?: string | undefined;
  /** Sent to the client in WELCOME, as `authextra`. */
  readonly extra?: Dict | undefined;
}

/** Where principals come from. */
export interface PrincipalSource<P extends Principal> {
  /** `static` or `dynamic`. */
  readonly provider: string;
  /**
   * Finds the principal that a claim is about; `undefined` if there is none, or if `proof` is not the right one.
   *
   * @throws JoinError
   */
  find(claim: Claim, proof: Dict): P | undefined | Promise<P | undefined>;
}

const UNKNOWN: ReadonlySet<string> = new Set([Uri.NO_SUCH_PRINCIPAL, Uri.AUTHENTICATION_DENIED]);

/**
 * What a source has found, or `undefined` where an authenticator says that there is no such principal: whoever does not exist goes
 * the same way as somebody whose secret is wrong.
 */
export function knownOrUndefined<P>(
  found: P | undefined | Promise<P | undefined>,
): P | undefined | Promise<P | undefined> {
  if (!(found instanceof Promise)) return found;
  return found.catch((error: unknown) => {
    if (error instanceof JoinError && UNKNOWN.has(error.uri)) return undefined;
    throw error;
  });
}

/** Lets a principal in. */
export function admit(claim: Claim, method: string, provider: string, principal: Principal): Admission {
  const { role, realm = claim.realm, authid = claim.authid, extra } = principal;
  if (authid === undefined) throw new JoinError(Uri.NO_SUCH_PRINCIPAL, 'no authid was given or assigned');
  const identity = { authid, authrole: role, authmethod: method, authprovider: provider };
  return { realm, identity: extra === undefined ? identity : { ...identity, authextra: extra } };
}

/** The same for a principal that does not exist as for a secret that is wrong: nobody learns which of them it was. */
export function denied(): JoinError {
  return new JoinError(Uri.AUTHENTICATION_DENIED, 'the authentication was denied');
}
