import type { MatchPolicy } from '../matching/pattern-map.ts';

/** What a role may do with the URIs that match. */
export interface PermissionOptions {
  /** A URI or a pattern. Without `match` a `*` at the end makes it a prefix, and one in place of a component a wildcard. */
  readonly uri: string;
  readonly match?: MatchPolicy | undefined;
  /** What is not mentioned is not allowed. */
  readonly allow?:
    | {
        readonly call?: boolean | undefined;
        readonly register?: boolean | undefined;
        readonly publish?: boolean | undefined;
        readonly subscribe?: boolean | undefined;
      }
    | undefined;
  /** Whether callees learn who calls, and subscribers who publishes, without the client's own `disclose_me`. */
  readonly disclose?: { readonly caller?: boolean | undefined; readonly publisher?: boolean | undefined } | undefined;
  /** Accepted for the sake of Crossbar.io's configurations: what is written down here is always remembered. */
  readonly cache?: boolean | undefined;
}

/**
 * A role of a realm, in the shape of Crossbar.io's configuration: with permissions, or with an authorizer. A role that
 * has neither may do nothing.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-authorization
 */
export interface RoleOptions {
  readonly name: string;
  /** The best match decides: the exact one, else the best wildcard, else the longest prefix; none: not allowed. */
  readonly permissions?: readonly PermissionOptions[] | undefined;
  /**
   * A procedure of the realm, called with session details, URI, action and options; gives true or false, or a dictionary
   * with `allow` and perhaps `disclose` and `cache`.
   */
  readonly authorizer?: string | undefined;
}
