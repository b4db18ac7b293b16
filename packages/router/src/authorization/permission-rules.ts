import { PatternMap } from '../matching/pattern-map.ts';
import { covers, literalStart, meet, type Pattern } from './pattern-cover.ts';
import { type Action, type Permission, PLAIN_PERMISSION } from './role.ts';
import type { PermissionOptions } from './role-options.ts';

/** The permission for each action; `undefined` where there is none. */
export type Rule = Readonly<Record<Action, Permission | undefined>>;

interface Entry extends Pattern {
  readonly rule: Rule;
}

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

function patternFrom({ uri, match }: PermissionOptions): Pattern {
  if (match !== undefined) return { match, uri };
  const start = uri.endsWith('*') ? uri.slice(0, -1) : uri;
  if (!start.split('.').includes('*')) return { match: start === uri ? 'exact' : 'prefix', uri: start };
  const components = uri.split('.').map((component) => (component === '*' ? '' : component));
  return { match: 'wildcard', uri: components.join('.') };
}

/** The permissions of a role: which one decides about a URI. */
export class PermissionRules {
  readonly #all: readonly Entry[];
  readonly #exact = new Map<string, Rule>();
  // Two maps, because a wildcard goes before the longest prefix here, other than among registrations.
  readonly #wildcards = new PatternMap<Rule>();
  readonly #prefixes = new PatternMap<Rule>();

  constructor(permissions: readonly PermissionOptions[]) {
    const entries = permissions.map((permission) => ({ ...patternFrom(permission), rule: ruleFrom(permission) }));
    // The last one of those for the same pattern counts.
    this.#all = [...new Map(entries.map((entry) => [`${entry.match} ${entry.uri}`, entry])).values()];
    for (const { match, uri, rule } of this.#all) {
      if (match === 'exact') this.#exact.set(uri, rule);
      else (match === 'wildcard' ? this.#wildcards : this.#prefixes).set(match, uri, rule);
    }
  }

  /** The rule for a URI. */
  find(uri: string): Rule {
    return this.#exact.get(uri) ?? this.#wildcards.best(uri) ?? this.#prefixes.best(uri) ?? NOTHING;
  }

  /**
   * The permission for a pattern, which has to hold for all that the pattern stands for: there is one if a rule for all
   * of it gives it, and no rule for a part of it withholds it.
   */
  findForAll(pattern: Pattern, action: Action): Permission | undefined {
    const { match, uri } = pattern;
    const wildcard = match === 'prefix' ? undefined : this.#wildcards.best(uri);
    const rule = wildcard ?? this.#prefixes.best(match === 'wildcard' ? literalStart(uri) : uri) ?? NOTHING;
    const isWithheld = (entry: Entry) =>
      entry.rule[action] === undefined &&
      // A prefix has no say where a wildcard has.
      (wildcard === undefined || entry.match !== 'prefix') &&
      meet(entry, pattern) &&
      !covers(entry, pattern);
    return rule[action] === undefined || this.#all.some(isWithheld) ? undefined : rule[action];
  }
}
