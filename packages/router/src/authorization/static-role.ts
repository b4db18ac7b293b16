import { Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import type { Permission } from '../realm/handler.ts';
import type { Session } from '../session/session.ts';
import { BoundedMap } from './bounded-map.ts';
import { PermissionRules, type Rule } from './permission-rules.ts';
import type { Action, Role } from './role.ts';
import type { PermissionOptions } from './role-options.ts';

export function notAuthorized(action: Action, uri: string): RequestError {
  return new RequestError(Uri.NOT_AUTHORIZED, `not authorized to ${action}: ${JSON.stringify(uri)}`);
}

/** A role whose permissions are written down. */
export class StaticRole implements Role {
  readonly #rules: PermissionRules;
  readonly #found = new BoundedMap<Rule>();

  constructor(permissions: readonly PermissionOptions[]) {
    this.#rules = new PermissionRules(permissions);
  }

  authorize(_session: Session, action: Action, uri: string, { match }: Readonly<Record<string, unknown>>): Permission {
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
