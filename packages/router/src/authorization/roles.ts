import { Uri } from '@pgwamp/protocol';
import { JoinError } from '../errors.ts';
import { type AuthorizerContext, AuthorizerRole } from './authorizer-role.ts';
import { type Role, TRUSTED } from './role.ts';
import type { RoleOptions } from './role-options.ts';
import { StaticRole } from './static-role.ts';

function roleFrom({ permissions = [], authorizer }: RoleOptions, context: AuthorizerContext): Role {
  return authorizer === undefined ? new StaticRole(permissions) : new AuthorizerRole(authorizer, context);
}

/** The roles of a realm. */
export class Roles {
  readonly #roles: ReadonlyMap<string, Role> | undefined;

  /** @param options the roles; `undefined`: any role there is may do everything */
  constructor(options: readonly RoleOptions[] | undefined, context: AuthorizerContext) {
    this.#roles = options && new Map(options.map((role) => [role.name, roleFrom(role, context)]));
  }

  /**
   * The role of that name; `undefined` if nothing is denied to it.
   *
   * @throws JoinError `wamp.error.no_such_role`
   */
  named(name: string): Role | undefined {
    const role = this.#roles?.get(name);
    if (role !== undefined || this.#roles === undefined || name === TRUSTED) return role;
    throw new JoinError(Uri.NO_SUCH_ROLE, `the realm has no role ${JSON.stringify(name)}`);
  }
}
