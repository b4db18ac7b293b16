import { toText, Uri } from '@pgwamp/protocol';
import { RequestError } from '../errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { MatchPolicy } from './pattern-map.ts';

/** The strictness of URI checks: `loose` is the requirement of the specification, `strict` its recommendation. */
export type UriStyle = 'loose' | 'strict';

// All patterns run in linear time: no component can contain the dot that separates components.
const patterns: Readonly<Record<UriStyle, Readonly<Record<MatchPolicy, RegExp>>>> = {
  loose: {
    exact: /^(?:[^\s.#]+\.)*[^\s.#]+$/,
    prefix: /^(?:[^\s.#]+\.)*[^\s.#]*$/,
    wildcard: /^(?:[^\s.#]*\.)*[^\s.#]*$/,
  },
  strict: {
    exact: /^(?:[0-9a-z_]+\.)*[0-9a-z_]+$/,
    prefix: /^(?:[0-9a-z_]+\.)*[0-9a-z_]*$/,
    wildcard: /^(?:[0-9a-z_]*\.)*[0-9a-z_]*$/,
  },
};

/** Whether a URI is reserved for the protocol. */
export function isReserved(uri: string): boolean {
  return uri === 'wamp' || uri.startsWith('wamp.');
}

/**
 * The rules for URIs in one realm.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#uris
 */
export class UriRules {
  readonly #patterns: Readonly<Record<MatchPolicy, RegExp>>;
  readonly #maxLength: number;
  readonly #maxWildcardComponents: number;
  /** The last valid URI of a publication: that of the next one is mostly the same. */
  #latest: string | undefined;

  constructor(style: UriStyle, { maxUriLength, maxWildcardComponents }: Limits = DEFAULT_LIMITS) {
    this.#patterns = patterns[style];
    this.#maxLength = maxUriLength;
    this.#maxWildcardComponents = maxWildcardComponents;
  }

  /** @throws RequestError `wamp.error.invalid_uri` */
  assertLength(uri: string): void {
    if (uri.length <= this.#maxLength) return;
    throw new RequestError(Uri.INVALID_URI, `a URI has at most ${this.#maxLength} characters: ${toText(uri)}`);
  }

  isValid(uri: string): boolean {
    return uri.length <= this.#maxLength && this.#patterns.exact.test(uri);
  }

  /** @throws RequestError `wamp.error.invalid_uri` */
  assertValid(uri: string): void {
    this.assertPattern('exact', uri);
  }

  /**
   * Checks a URI or a pattern. The last component of a prefix may be incomplete; an empty component of a wildcard
   * matches any component.
   *
   * @throws RequestError `wamp.error.invalid_uri`
   */
  assertPattern(policy: MatchPolicy, uri: string): void {
    this.assertLength(uri);
    if (this.#patterns[policy].test(uri) && !(policy === 'wildcard' && this.#hasTooMany(uri))) return;
    throw new RequestError(Uri.INVALID_URI, `not a valid URI to match by ${policy}: ${toText(uri)}`);
  }

  /** Each component costs one step of a look-up, regardless of its length. */
  #hasTooMany(pattern: string): boolean {
    return pattern.split('.', this.#maxWildcardComponents + 1).length > this.#maxWildcardComponents;
  }

  /**
   * Checks the URI of a publication or a registration: `wamp.` is reserved for the protocol. Subscriptions and calls
   * below `wamp.` are allowed, because the meta API uses them.
   *
   * @throws RequestError `wamp.error.invalid_uri`
   */
  assertApplication(uri: string, policy: MatchPolicy = 'exact'): void {
    if (policy === 'exact' && uri === this.#latest) return;
    this.assertPattern(policy, uri);
    if (isReserved(uri)) {
      throw new RequestError(Uri.INVALID_URI, `URIs that begin with "wamp." are reserved: ${toText(uri)}`);
    }
    if (policy === 'exact') this.#latest = uri;
  }
}
