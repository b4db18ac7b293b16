import { type MatchPolicy, PatternMap } from '../matching/pattern-map.ts';
import { type Permission, PLAIN_PERMISSION } from '../realm/handler.ts';
import type { Action } from './role.ts';
import type { PermissionOptions } from './role-options.ts';

/** The permission for each action; `undefined` where there is none. */
export type Rule = Readonly<Record<Action, Permission | undefined>>;

const DISCLOSING: Permission = Object.freeze({ discloses: true });
const NOTHING: Rule = Object.freeze({ call: undefined, register: undefined, publish: undefined, subscribe: undefined });

function ruleFrom({ allow = {}, disclose = {} }: PermissionOptions): Rule {
  const permission = (isAllowed = false, isDisclosed = false) => {
    if (!isAllowed) return undefined;
    return isDisclosed ? DISCLOSING : PLAIN_PERMISSION;
  };
  return {
    call: permission(allow.call, disclose.caller),
    register: permission(allow.register),
    publish: permission(allow.publish, disclose.publisher),
    subscribe: permission(allow.subscribe),
  };
}

function patternFrom({ uri, match }: PermissionOptions): readonly [match: MatchPolicy, uri: string] {
  if (match !== undefined) return [match, uri];
  const start = uri.endsWith('*') ? uri.slice(0, -1) : uri;
  const components = start.split('.');
  if (components.includes('*'))
    return [
      'wildcard',
      uri
        .split('.')
        .map((it) => (it === '*' ? '' : it))
        .join('.'),
    ];
  return [start === uri ? 'exact' : 'prefix', start];
}

/** What all URIs begin with that a wildcard stands for. */
function literalStart(pattern: string): string {
  const components = pattern.split('.');
  const first = components.indexOf('');
  return first < 0
    ? pattern
    : components
        .slice(0, first)
        .map((component) => `${component}.`)
        .join('');
}

/** The permissions of a role: which one decides about a URI. */
export class PermissionRules {
  readonly #exact = new Map<string, Rule>();
  // Two maps, because a wildcard goes before the longest prefix here, other than among registrations.
  readonly #wildcards = new PatternMap<Rule>();
  readonly #prefixes = new PatternMap<Rule>();

  constructor(permissions: readonly PermissionOptions[]) {
    for (const permission of permissions) {
      const [match, uri] = patternFrom(permission);
      const rule = ruleFrom(permission);
      if (match === 'exact') this.#exact.set(uri, rule);
      else (match === 'wildcard' ? this.#wildcards : this.#prefixes).set(match, uri, rule);
    }
  }

  /**
   * The rule for a request. A pattern in a request stands for many URIs, so that only a rule decides that holds for all
   * of them: none for one URI alone, and for a prefix no wildcard.
   */
  find(match: unknown, uri: string): Rule {
    const exact = match === 'prefix' || match === 'wildcard' ? undefined : this.#exact.get(uri);
    if (exact !== undefined) return exact;
    const wildcard = match === 'prefix' ? undefined : this.#wildcards.best(uri);
    return wildcard ?? this.#prefixes.best(match === 'wildcard' ? literalStart(uri) : uri) ?? NOTHING;
  }
}
