import type { Routine, Unusable } from '../routines/routine.ts';

/** The purpose of an endpoint: calls or events. */
export type EndpointKind = 'registration' | 'subscription';

/**
 * A function that serves calls or events: a row of `crossbar._endpoint`, with the current definition of the function.
 *
 * The settings of its role are not included, because `run_as: "caller"` determines the role only for each call. See
 * `RoleSettings`.
 */
export interface Endpoint {
  /** The number that `crossbar.register` or `crossbar.subscribe` returned: a bigint as text. */
  readonly id: string;
  readonly kind: EndpointKind;
  /** The procedure or topic, or a pattern. */
  readonly uri: string;
  readonly match: 'exact' | 'prefix' | 'wildcard';
  /** The text of the function's `regprocedure` under an empty `search_path`. */
  readonly signature: string;
  /** The owner of the function when it was registered; null if unknown. */
  readonly functionOwner?: string | null;
  /** The role that the function runs as. Null for the WAMP authrole of the caller, mapped by `extra.roles`. */
  readonly role: string | null;
  /** All options of the endpoint except `match` and `run_as`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The function, or the reason why it cannot be called. */
  readonly routine: Routine | Unusable;
}

/** The differences to the endpoints reported before. */
export interface EndpointChanges {
  /** New endpoints, and endpoints with any change: URI, options, role, or the function itself. */
  readonly changed: readonly Endpoint[];
  /** Ids of removed endpoints. */
  readonly removed: readonly string[];
}

/** The endpoints to watch. */
export interface Watched {
  readonly kind: EndpointKind;
  /** The login role of the sessions that run functions. */
  readonly login: string;
  /** Roles whose settings are read in addition to those of the endpoints: the values of `extra.roles`. */
  readonly roles: readonly string[];
}

/** The state of one endpoint in a component. */
export interface StateReport {
  /** The endpoint's id. */
  readonly endpoint: string;
  /** Undefined deletes the reported state. */
  readonly state: 'registered' | 'subscribed' | 'refused' | 'unusable' | undefined;
  /** The reason why it is refused or unusable. */
  readonly error?: string | undefined;
}
