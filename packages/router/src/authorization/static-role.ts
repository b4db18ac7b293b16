import type { Client } from '../session/identity.ts';
import { BoundedMap } from './bounded-map.ts';
import { PermissionRules, type Rule } from './permission-rules.ts';
import { type Action, notAuthorized, type Permission, type Role } from './role.ts';
import type { PermissionOptions } from './role-options.ts';

/** A role whose permissions are written down. */
export class StaticRole implements Role {
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
