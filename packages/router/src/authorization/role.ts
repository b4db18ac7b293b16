import { Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Client } from '../session/identity.ts';

/** The role of sessions that the application itself attaches. It exists in every realm and may do everything. */
export const TRUSTED = 'trusted';

/** The actions that a role may permit, with their names in configurations and in calls of authorizers. */
export type Action = 'call' | 'register' | 'publish' | 'subscribe';

/** The additions of the authorization to a permitted request. */
export interface Permission {
  /**
   * The configuration of the realm discloses the publisher of this PUBLISH or the caller of this CALL, as if the client
   * had set `disclose_me`.
   */
  readonly discloses: boolean;
}

/** The permission if no authorization is configured. */
export const PLAIN_PERMISSION: Permission = Object.freeze({ discloses: false });

/** A permission, or a promise of one if an authorizer decides. */
export type Verdict = Permission | Promise<Permission>;

/** The permissions of the sessions of one role. */
export interface Role {
  /**
   * Permits a request; synchronously, unless an authorizer decides.
   *
   * @throws RequestError if the request is denied; a promise is rejected with it
   */
  authorize(client: Client, action: Action, uri: string, options: Readonly<Record<string, unknown>>): Verdict;
}

export function notAuthorized(action: Action, uri: string): RequestError {
  return new RequestError(Uri.NOT_AUTHORIZED, `not authorized to ${action}: ${JSON.stringify(uri)}`);
}
