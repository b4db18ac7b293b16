import { PrefixTree } from './prefix-tree.ts';
import { WildcardTree } from './wildcard-tree.ts';

/**
 * How a URI that is looked for is compared with the one that is kept: `exact` the same; `prefix` begins with it,
 * character by character; `wildcard` the same component by component, where an empty component stands for any.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#pattern-based-subscription
 */
export type MatchPolicy = 'exact' | 'prefix' | 'wildcard';

const NONE: readonly never[] = Object.freeze([]);

/** Values by policy and URI. How long a look-up takes depends on the URI, not on how many patterns there are. */
export class PatternMap<T extends NonNullable<unknown>> implements Iterable<[MatchPolicy, string, T]> {
  // Each value in a list of its own: where there are no patterns, that list is what matching() gives.
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

  /** Whether there was anything to delete. */
  delete(policy: MatchPolicy, uri: string): boolean {
    if (policy === 'exact') return this.#exact.delete(uri);
    if (policy === 'prefix') return this.#prefix.delete(uri) && this.#prefixes.delete(uri);
    return this.#wildcard.delete(uri) && this.#wildcards.delete(uri);
  }

  /** What a URI matches: exactly, then by prefix from the shortest on, then by wildcard. */
  matching(uri: string): readonly T[] {
    const exact = this.#exact.get(uri);
    if (this.#prefix.size === 0 && this.#wildcard.size === 0) return exact ?? NONE;
    const found: T[] = exact === undefined ? [] : [exact[0]];
    if (this.#prefix.size > 0) this.#prefixes.collect(uri, found);
    if (this.#wildcard.size > 0) this.#wildcards.collect(uri, found);
    return found;
  }

  /**
   * The one value that a URI belongs to: the exact one, else that of the longest prefix, else that of the wildcard
   * with the most components before its first wildcard, before its second, and so on.
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
