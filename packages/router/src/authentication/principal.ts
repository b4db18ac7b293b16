import type { Dict } from '@pgwamp/protocol';
import { Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';
import type { Admission, Claim } from './authentication.ts';

/** The data of a principal besides its secret, as a configuration or an authenticator gives it. */
export interface Principal {
  readonly role: string;
  /** Replaces the realm that the client asked for. */
  readonly realm?: string | undefined;
  /** Replaces the authid that the client gave. */
  readonly authid?: string | undefined;
  /** Sent to the client in WELCOME, as `authextra`. */
  readonly extra?: Dict | undefined;
}

/** A source of principals: a configuration or an authenticator. */
export interface PrincipalSource<P extends Principal> {
  /** `static` or `dynamic`. */
  readonly provider: string;
  /**
   * Finds the principal of a claim; `undefined` if there is none, or if `proof` is wrong.
   *
   * @throws JoinError
   */
  find(claim: Claim, proof: Dict): P | undefined | Promise<P | undefined>;
}

const UNKNOWN: ReadonlySet<string> = new Set([Uri.NO_SUCH_PRINCIPAL, Uri.AUTHENTICATION_DENIED]);

/**
 * The principal that a source has found. If an authenticator reports that there is no such principal, the result is
 * `undefined`, so that an unknown principal is handled like a wrong secret.
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

/** Creates the admission of a principal. */
export function admit(claim: Claim, method: string, provider: string, principal: Principal): Admission {
  const { role, realm = claim.realm, authid = claim.authid, extra } = principal;
  if (authid === undefined) throw new JoinError(Uri.NO_SUCH_PRINCIPAL, 'no authid was given or assigned');
  const identity = { authid, authrole: role, authmethod: method, authprovider: provider };
  return { realm, identity: extra === undefined ? identity : { ...identity, authextra: extra } };
}

/** The same error for an unknown principal and for a wrong secret, so that the client cannot distinguish them. */
export function denied(): JoinError {
  return new JoinError(Uri.AUTHENTICATION_DENIED, 'the authentication was denied');
}
