import * as z from 'zod';
import { checkOptions } from '../check-options.ts';
import type { MatchPolicy } from '../matching/pattern-map.ts';
import { TRUSTED } from './role.ts';

/** The actions that a role may perform on the matching URIs. */
export interface PermissionOptions {
  /**
   * A URI or a pattern. Without `match`, a `*` at the end makes it a prefix, and a `*` in place of a component makes it
   * a wildcard.
   */
  readonly uri: string;
  readonly match?: MatchPolicy | undefined;
  /** The permitted actions. An action that is missing is not permitted. */
  readonly allow?:
    | {
        readonly call?: boolean | undefined;
        readonly register?: boolean | undefined;
        readonly publish?: boolean | undefined;
        readonly subscribe?: boolean | undefined;
      }
    | undefined;
  /**
   * Whether the caller is disclosed to callees, and the publisher to subscribers, without `disclose_me` of the client.
   */
  readonly disclose?: { readonly caller?: boolean | undefined; readonly publisher?: boolean | undefined } | undefined;
  /** Accepted for compatibility with Crossbar.io; static permissions are always cached. */
  readonly cache?: boolean | undefined;
}

/**
 * A role of a realm, in the shape of Crossbar.io's configuration: with permissions or with an authorizer. A role with
 * neither may do nothing.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#name-authorization
 */
export interface RoleOptions {
  readonly name: string;
  /** Optional: `dynamic` with an authorizer, `static` otherwise. */
  readonly type?: 'static' | 'dynamic' | undefined;
  /**
   * The best match applies: the exact URI, else the best wildcard, else the longest prefix. Without a match, the action
   * is not permitted.
   */
  readonly permissions?: readonly PermissionOptions[] | undefined;
  /**
   * A procedure of the realm that decides. The router calls it with session details, URI, action and options. It
   * returns true or false, or a dictionary with `allow` and optionally `disclose` and `cache`.
   */
  readonly authorizer?: string | undefined;
}

const text = z.string().min(1, 'a text that is not empty');
const flag = z.boolean().optional();

const permission = z.strictObject({
  uri: z
    .string()
    .describe('a URI or a pattern; a "*" at the end makes it a prefix, one in place of a component a wildcard'),
  match: z.enum(['exact', 'prefix', 'wildcard']).optional().describe('how the URI matches'),
  allow: z
    .strictObject({
      call: flag.describe('call these procedures'),
      register: flag.describe('register them'),
      publish: flag.describe('publish to these topics'),
      subscribe: flag.describe('subscribe to them'),
    })
    .optional()
    .describe('what the role may do; the rest is refused'),
  disclose: z
    .strictObject({
      caller: flag.describe('disclose the caller to callees'),
      publisher: flag.describe('disclose the publisher to subscribers'),
    })
    .optional()
    .describe('discloses the client without its own disclose_me'),
  cache: flag.describe('accepted for Crossbar.io; it has no effect'),
});

const role = z
  .strictObject({
    id: text.optional().describe('accepted for Crossbar.io; it has no effect'),
    type: z.enum(['static', 'dynamic']).optional().describe('dynamic with an authorizer, static otherwise'),
    name: text
      .refine((name) => name !== TRUSTED, 'another name: that role is there in every realm')
      .describe('name of the role'),
    permissions: z.array(permission).optional().describe('what it may do; the best match decides'),
    authorizer: text.optional().describe('procedure that decides about each action of the role'),
  })
  .refine(({ permissions, authorizer }) => permissions === undefined || authorizer === undefined, {
    error: 'permissions or an authorizer, not both',
  })
  .refine(({ type, authorizer }) => type === undefined || (type === 'dynamic') === (authorizer !== undefined), {
    error: 'an authorizer with type "dynamic", and none with type "static"',
    path: ['type'],
  });

/** The schema of a realm's `roles`. */
export const ROLES = z
  .array(role)
  .refine((roles) => new Set(roles.map(({ name }) => name)).size === roles.length, 'each name once');

/**
 * Checks and freezes the roles of a realm.
 *
 * @param path the path of the roles in the options
 * @throws RouterOptionError naming path, what was found and what is expected
 */
export function checkRoles(roles: unknown, path: readonly PropertyKey[]): readonly RoleOptions[] | undefined {
  return checkOptions(ROLES.optional(), roles, path);
}
