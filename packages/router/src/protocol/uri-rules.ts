import { RequestError } from '../errors.ts';
import { Uri } from '../uris.ts';

/** How strictly URIs are checked: `loose` is what the specification demands, `strict` what it recommends. */
export type UriStyle = 'loose' | 'strict';

// Both patterns are linear: no component can hold the dot that separates components.
const patterns: Readonly<Record<UriStyle, RegExp>> = {
  loose: /^(?:[^\s.#]+\.)*[^\s.#]+$/,
  strict: /^(?:[0-9a-z_]+\.)*[0-9a-z_]+$/,
};

/**
 * The rules for URIs in one realm.
 *
 * @see https://wamp-proto.org/wamp_latest_ietf.html#uris
 */
export class UriRules {
  readonly #pattern: RegExp;

  constructor(style: UriStyle) {
    this.#pattern = patterns[style];
  }

  isValid(uri: string): boolean {
    return this.#pattern.test(uri);
  }

  /** @throws RequestError `wamp.error.invalid_uri` */
  assertValid(uri: string): void {
    if (!this.isValid(uri)) throw new RequestError(Uri.INVALID_URI, `not a valid URI: ${JSON.stringify(uri)}`);
  }

  /**
   * For what a client brings into being, a publication or a registration: `wamp.` belongs to the protocol.
   * Subscribing and calling there is allowed, since that is how the meta API is used.
   *
   * @throws RequestError `wamp.error.invalid_uri`
   */
  assertApplication(uri: string): void {
    this.assertValid(uri);
    if (uri === 'wamp' || uri.startsWith('wamp.')) {
      throw new RequestError(Uri.INVALID_URI, `URIs that begin with "wamp." are reserved: ${JSON.stringify(uri)}`);
    }
  }
}
