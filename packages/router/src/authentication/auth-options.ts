import type { AuthenticatorOptions } from './authenticator.ts';
import type { KeyHolder } from './authorized-keys.ts';
import type { TicketPrincipal } from './ticket.ts';
import type { CraPrincipal } from './wampcra.ts';

/** A method whose principals a procedure of the application knows. */
export interface DynamicAuth extends AuthenticatorOptions {
  readonly type: 'dynamic';
  /**
   * Called with realm, authid and details; gives the role, or a dictionary with `role`, the method's own keys (`secret`
   * and perhaps `salt`, `iterations`, `keylen`; or `pubkey`), and perhaps `realm`, `authid` and `extra`.
   */
  readonly authenticator: string;
  /** Where the procedure is registered. Default: the realm that the client asks for. */
  readonly 'authenticator-realm'?: string | undefined;
}

/**
 * How clients of an endpoint are authenticated, in the shape of Crossbar.io's configuration: any number of methods, of
 * which a client takes the one that it prefers.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#auth-methods
 */
export interface AuthOptions {
  /** Who offers no method, or this one. */
  readonly anonymous?: { readonly type: 'static'; readonly role?: string | undefined } | DynamicAuth | undefined;
  /** Principals by authid. */
  readonly ticket?:
    | { readonly type: 'static'; readonly principals: Readonly<Record<string, TicketPrincipal>> }
    | DynamicAuth
    | undefined;
  /** Users by authid. */
  readonly wampcra?:
    | { readonly type: 'static'; readonly users: Readonly<Record<string, CraPrincipal>> }
    | DynamicAuth
    | undefined;
  /** Principals by authid. */
  readonly cryptosign?:
    | { readonly type: 'static'; readonly principals: Readonly<Record<string, KeyHolder>> }
    | DynamicAuth
    | undefined;
}
