import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The Origin of a page that has none of its own, such as a file. */
const NULL_ORIGIN = 'null';
// A longer one is not compared with patterns.
const MAX_LENGTH = 1_024;

const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

function patternFrom(origin: string): RegExp {
  const parts = origin.toLowerCase().split('*');
  return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`);
}

function parse(origin: string): URL | undefined {
  return URL.canParse(origin) ? new URL(origin) : undefined;
}

/**
 * Whether a page that was loaded from the host of the request sent it. A name that an attacker controls may have led the
 * browser to this machine (DNS rebinding): on a loopback address without TLS, only `localhost` and addresses count as hosts.
 */
function isSameOrigin(origin: string, { headers, socket }: IncomingMessage): boolean {
  const page = parse(origin);
  const target = page && parse(`${page.protocol}//${headers.host ?? ''}`);
  if (page === undefined || target === undefined || page.host !== target.host) return false;
  if (socket instanceof TLSSocket || !LOOPBACK.test(socket.localAddress ?? '')) return true;
  const name = page.hostname.replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

/**
 * Decides which web pages may use an endpoint, by the header `Origin`, which browsers send and pages cannot change. Other
 * clients send none and are always allowed.
 */
export class AllowedOrigins {
  readonly #patterns: readonly RegExp[] | undefined;
  readonly #allowsNull: boolean;

  /**
   * @param origins origins, in which `*` stands for any characters; `undefined`: the origin of the endpoint itself
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
