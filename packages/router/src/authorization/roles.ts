import { Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';
import type { Client } from '../session/identity.ts';
import { type AuthorizerContext, AuthorizerRole } from './authorizer-role.ts';
import { BoundedMap } from './bounded-map.ts';
import { PermissionRules, type Rule } from './permission-rules.ts';
import { type Action, notAuthorized, type Permission, type Role, TRUSTED } from './role.ts';
import type { PermissionOptions, RoleOptions } from './role-options.ts';

function roleFrom({ permissions = [], authorizer }: RoleOptions, context: AuthorizerContext): Role {
  return authorizer === undefined ? new StaticRole(permissions) : new AuthorizerRole(authorizer, context);
}

/** The roles of a realm. */
export class Roles {
  readonly #roles: ReadonlyMap<string, Role> | undefined;

  /** @param options the roles; `undefined`: any role is accepted and may do everything */
  constructor(options: readonly RoleOptions[] | undefined, context: AuthorizerContext) {
    this.#roles = options && new Map(options.map((role) => [role.name, roleFrom(role, context)]));
  }

  /**
   * Returns the role with that name; `undefined` if it may do everything.
   *
   * @throws JoinError `wamp.error.no_such_role`
   */
  named(name: string): Role | undefined {
    const role = this.#roles?.get(name);
    if (role !== undefined || this.#roles === undefined || name === TRUSTED) return role;
    throw new JoinError(Uri.NO_SUCH_ROLE, `the realm has no role ${JSON.stringify(name)}`);
  }
}

/** A role whose permissions are configured. */
class StaticRole implements Role {
  readonly #rules: PermissionRules;
  readonly #found = new BoundedMap<Rule>();

  constructor(permissions: readonly PermissionOptions[]) {
    this.#rules = new PermissionRules(permissions);
  }

  authorize(_client: Client, action: Action, uri: string, { match }: Readonly<Record<string, unknown>>): Permission {
    const isPattern = (match === 'prefix' || match === 'wildcard') && (action === 'subscribe' || action === 'register');
    const permission = isPattern ? this.#rules.findForAll({ match, uri }, action) : this.#ruleFor(uri)[action];
    if (permission === undefined) throw notAuthorized(action, uri);
    return permission;
  }

  #ruleFor(uri: string): Rule {
    const known = this.#found.get(uri);
    if (known !== undefined) return known;
    const rule = this.#rules.find(uri);
    this.#found.set(uri, rule);
    return rule;
  }
}
