import { PrefixTree } from './prefix-tree.ts';
import { WildcardTree } from './wildcard-tree.ts';

/**
 * The policy that compares a URI with a pattern. `exact`: they are equal. `prefix`: the URI starts with the pattern,
 * character by character. `wildcard`: they are equal component by component, where an empty component of the pattern
 * matches any.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pattern-based-subscription
 */
export type MatchPolicy = 'exact' | 'prefix' | 'wildcard';

const NONE: readonly never[] = Object.freeze([]);

/**
 * Values by policy and URI. The duration of a look-up depends on the length of the URI, not on the number of patterns.
 */
export class PatternMap<T extends NonNullable<unknown>> implements Iterable<[MatchPolicy, string, T]> {
  // Each value is in a list of its own, so that matching() can return that list if there are no patterns.
  readonly #exact = new Map<string, readonly [T]>();
  readonly #prefix = new Map<string, T>();
  readonly #wildcard = new Map<string, T>();
  readonly #prefixes = new PrefixTree<T>();
  readonly #wildcards = new WildcardTree<T>();

  get size(): number {
    return this.#exact.size + this.#prefix.size + this.#wildcard.size;
  }

  get(policy: MatchPolicy, uri: string): T | undefined {
    if (policy === 'exact') return this.#exact.get(uri)?.[0];
    return (policy === 'prefix' ? this.#prefix : this.#wildcard).get(uri);
  }

  set(policy: MatchPolicy, uri: string, value: T): void {
    if (policy === 'exact') {
      this.#exact.set(uri, [value]);
    } else if (policy === 'prefix') {
      this.#prefix.set(uri, value);
      this.#prefixes.set(uri, value);
    } else {
      this.#wildcard.set(uri, value);
      this.#wildcards.set(uri, value);
    }
  }

  /** Returns whether an entry was deleted. */
  delete(policy: MatchPolicy, uri: string): boolean {
    if (policy === 'exact') return this.#exact.delete(uri);
    if (policy === 'prefix') return this.#prefix.delete(uri) && this.#prefixes.delete(uri);
    return this.#wildcard.delete(uri) && this.#wildcards.delete(uri);
  }

  /** The values whose patterns match a URI: the exact one, then prefixes from the shortest on, then wildcards. */
  matching(uri: string): readonly T[] {
    const exact = this.#exact.get(uri);
    if (this.#prefix.size === 0 && this.#wildcard.size === 0) return exact ?? NONE;
    const found: T[] = exact === undefined ? [] : [exact[0]];
    if (this.#prefix.size > 0) this.#prefixes.collect(uri, found);
    if (this.#wildcard.size > 0) this.#wildcards.collect(uri, found);
    return found;
  }

  /**
   * The best value for a URI: the exact one, else the longest prefix, else the wildcard with the most components before
   * its first empty one, then before its second, and so on.
   *
   * @see https://wamp-proto.org/wamp_latest_ietf.html#rpc-pattern-reg
   */
  best(uri: string): T | undefined {
    const exact = this.#exact.get(uri);
    if (exact !== undefined) return exact[0];
    const longest = this.#prefix.size === 0 ? undefined : this.#prefixes.longest(uri);
    if (longest !== undefined || this.#wildcard.size === 0) return longest;
    return this.#wildcards.best(uri);
  }

  *[Symbol.iterator](): Generator<[MatchPolicy, string, T]> {
    for (const [uri, [value]] of this.#exact) yield ['exact', uri, value];
    for (const [uri, value] of this.#prefix) yield ['prefix', uri, value];
    for (const [uri, value] of this.#wildcard) yield ['wildcard', uri, value];
  }
}
