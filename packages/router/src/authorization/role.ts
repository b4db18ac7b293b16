import { Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Client } from '../session/identity.ts';

/** The role of sessions that the application itself vouches for. It exists in every realm and may do everything. */
export const TRUSTED = 'trusted';

/** What a role is asked to permit, by its name in configurations and in calls of authorizers. */
export type Action = 'call' | 'register' | 'publish' | 'subscribe';

/** What the authorization adds to a request that it permits. */
export interface Permission {
  /**
   * The configuration of the realm discloses the publisher of this PUBLISH or the caller of this CALL, as if the client
   * had set `disclose_me`.
   */
  readonly discloses: boolean;
}

/** The permission where nothing is configured. */
export const PLAIN_PERMISSION: Permission = Object.freeze({ discloses: false });

/** A permission, or the promise of one where an authorizer is asked. */
export type Verdict = Permission | Promise<Permission>;

/** Decides what the sessions of one role may do. */
export interface Role {
  /**
   * Permits a request; synchronously, unless an authorizer has to be asked.
   *
   * @throws RequestError if the request is denied; a promise is rejected with it
   */
  authorize(client: Client, action: Action, uri: string, options: Readonly<Record<string, unknown>>): Verdict;
}

export function notAuthorized(action: Action, uri: string): RequestError {
  return new RequestError(Uri.NOT_AUTHORIZED, `not authorized to ${action}: ${JSON.stringify(uri)}`);
}
