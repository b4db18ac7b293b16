import type { IncomingMessage } from 'node:http';
import { AllowedHosts } from '@pgwamp/config';

/** The Origin of a page without an origin, such as a local file. */
const NULL_ORIGIN = 'null';
// Longer origins are not compared with patterns.
const MAX_LENGTH = 1_024;

/** For loopback addresses, the host name alone does not prove which site a page comes from. */
const OWN_HOSTS = new AllowedHosts(undefined);

function patternFrom(origin: string): RegExp {
  const parts = origin.toLowerCase().split('*');
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`);
}

function parse(origin: string): URL | undefined {
  return URL.canParse(origin) ? new URL(origin) : undefined;
}

/**
 * Whether the page was loaded from the host of the request. An attacker may have directed a host name of their own to
 * this machine (DNS rebinding). Therefore, on a loopback address without TLS, only names that cannot be registered
 * publicly are accepted as hosts.
 */
function isSameOrigin(origin: string, request: IncomingMessage): boolean {
  const page = parse(origin);
  const target = page && parse(`${page.protocol}//${request.headers.host ?? ''}`);
  return page !== undefined && page.host === target?.host && OWN_HOSTS.allows(request);
}

/**
 * Decides which web pages may use an endpoint, by the header `Origin`. Browsers send it and pages cannot change it.
 * Other clients send none and are always allowed.
 */
export class AllowedOrigins {
  readonly #patterns: readonly RegExp[] | undefined;
  readonly #allowsNull: boolean;

  /**
   * @param origins allowed origins, in which `*` matches any characters; `undefined`: the origin of the endpoint itself
   * @param allowsNull whether pages without an origin are allowed
   */
  constructor(origins: readonly string[] | undefined, allowsNull = false) {
    this.#patterns = origins?.map(patternFrom);
    this.#allowsNull = allowsNull;
  }

  allows(request: IncomingMessage): boolean {
    const { origin } = request.headers;
    if (origin === undefined) return true;
    if (origin === NULL_ORIGIN) return this.#allowsNull;
    if (this.#patterns === undefined) return isSameOrigin(origin, request);
    return origin.length <= MAX_LENGTH && this.#patterns.some((pattern) => pattern.test(origin.toLowerCase()));
  }
}
