import type { Routine, Unusable } from '../routines/routine.ts';

/** What an endpoint is for: calls or events. */
export type EndpointKind = 'registration' | 'subscription';

/**
 * A function that serves calls or events: a row of `crossbar._endpoint`, with the function as it is now.
 *
 * The settings of the role that it runs as are not part of it, since `run_as: "caller"` knows the role only when it is called:
 * see `RoleSettings`.
 */
export interface Endpoint {
  /** The number that `crossbar.register` or `crossbar.subscribe` returned; a bigint as text. */
  readonly id: string;
  readonly kind: EndpointKind;
  /** The procedure or topic, or a pattern of them. */
  readonly uri: string;
  readonly match: 'exact' | 'prefix' | 'wildcard';
  /** The text of the function's `regprocedure` under an empty `search_path`. */
  readonly signature: string;
  /** Who owned the function when it was registered; null if that is not known. */
  readonly functionOwner?: string | null;
  /** The role that it runs as; null for the WAMP authrole of the caller, mapped by `extra.roles`. */
  readonly role: string | null;
  /** All options as given, without `match` and `run_as`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The function, or why it cannot be called. */
  readonly routine: Routine | Unusable;
}

/** How the endpoints differ from what was said before. */
export interface EndpointChanges {
  /** New ones, and those of which anything changed: uri, options, role, the function itself. */
  readonly changed: readonly Endpoint[];
  /** Ids of those that are gone. */
  readonly removed: readonly string[];
}

/** What to watch. */
export interface Watched {
  readonly kind: EndpointKind;
  /** The role that the sessions log in as which functions run in. */
  readonly login: string;
  /** Roles whose settings are wanted besides those of the endpoints: the values of `extra.roles`. */
  readonly roles: readonly string[];
}

/** What a component makes of one endpoint. */
export interface StateReport {
  /** The endpoint's id. */
  readonly endpoint: string;
  /** Undefined takes back what was said before. */
  readonly state: 'registered' | 'subscribed' | 'refused' | 'unusable' | undefined;
  /** Why it is refused or unusable. */
  readonly error?: string | undefined;
}
