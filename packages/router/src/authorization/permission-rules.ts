import { type MatchPolicy, PatternMap } from '../matching/pattern-map.ts';
import { type Action, type Permission, PLAIN_PERMISSION } from './role.ts';
import type { PermissionOptions } from './role-options.ts';

/** The permission for each action; `undefined` if the action is not permitted. */
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

/** The permissions of a role. Finds the permission that applies to a URI. */
export class PermissionRules {
  readonly #all: readonly Entry[];
  readonly #exact = new Map<string, Rule>();
  // Two maps, because here a wildcard takes precedence over the longest prefix. For registrations it is the other way
  // round.
  readonly #wildcards = new PatternMap<Rule>();
  readonly #prefixes = new PatternMap<Rule>();

  constructor(permissions: readonly PermissionOptions[]) {
    const entries = permissions.map((permission) => ({ ...patternFrom(permission), rule: ruleFrom(permission) }));
    // If a pattern occurs more than once, the last entry wins.
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
   * The permission for a whole pattern. It is given only if one rule that covers the whole pattern gives it, and no
   * rule for a part of the pattern denies it.
   */
  findForAll(pattern: Pattern, action: Action): Permission | undefined {
    const { match, uri } = pattern;
    const wildcard = match === 'prefix' ? undefined : this.#wildcards.best(uri);
    const rule = wildcard ?? this.#prefixes.best(match === 'wildcard' ? literalStart(uri) : uri) ?? NOTHING;
    const isWithheld = (entry: Entry) =>
      entry.rule[action] === undefined &&
      // A prefix rule does not apply where a wildcard rule does.
      (wildcard === undefined || entry.match !== 'prefix') &&
      meet(entry, pattern) &&
      !covers(entry, pattern);
    return rule[action] === undefined || this.#all.some(isWithheld) ? undefined : rule[action];
  }
}

/** A URI, or a pattern of URIs. */
interface Pattern {
  readonly match: MatchPolicy;
  readonly uri: string;
}

/** The literal start that all URIs of a wildcard pattern have in common. */
function literalStart(wildcard: string): string {
  const components = wildcard.split('.');
  const first = components.indexOf('');
  return first < 0
    ? wildcard
    : components
        .slice(0, first)
        .map((component) => `${component}.`)
        .join('');
}

function doComponentsAgree(one: string, other: string): boolean {
  return one === '' || other === '' || one === other;
}

function doWildcardsMeet(one: string, other: string): boolean {
  const [here, there] = [one.split('.'), other.split('.')];
  return here.length === there.length && here.every((part, index) => doComponentsAgree(part, there[index] ?? ''));
}

/**
 * Whether a URI that matches the wildcard can start with the prefix; the last component of the prefix may be
 * incomplete.
 */
function meetsPrefix(wildcard: string, prefix: string): boolean {
  const [parts, begun] = [wildcard.split('.'), prefix.split('.')];
  const cut = begun.pop() ?? '';
  const last = parts[begun.length];
  if (last === undefined || !(last === '' || last.startsWith(cut))) return false;
  return begun.every((part, index) => doComponentsAgree(part, parts[index] ?? ''));
}

/** Whether a URI can match both patterns. */
function meet(one: Pattern, other: Pattern): boolean {
  if (one.match === 'exact') return other.match === 'exact' ? one.uri === other.uri : meet(other, one);
  if (one.match === 'prefix') {
    if (other.match === 'wildcard') return meetsPrefix(other.uri, one.uri);
    return other.uri.startsWith(one.uri) || (other.match === 'prefix' && one.uri.startsWith(other.uri));
  }
  return other.match === 'prefix' ? meetsPrefix(one.uri, other.uri) : doWildcardsMeet(one.uri, other.uri);
}

/** Whether every URI that matches the second pattern also matches the first. */
function covers(wide: Pattern, { match, uri }: Pattern): boolean {
  if (wide.match === 'prefix') return (match === 'wildcard' ? literalStart(uri) : uri).startsWith(wide.uri);
  if (wide.match === 'exact' || match === 'prefix') return wide.match === match && wide.uri === uri;
  const [parts, narrow] = [wide.uri.split('.'), uri.split('.')];
  return parts.length === narrow.length && parts.every((part, index) => part === '' || part === narrow[index]);
}
