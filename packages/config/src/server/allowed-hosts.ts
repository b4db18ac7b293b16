import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A longer name is refused without comparing it with the patterns. */
const longest = 1024;

const loopback = /^(::ffff:)?127\.|^::1$/;

/** A name without a dot, or below `localhost`, cannot be bought. */
const ownName = /^[^.]*$|\.localhost$/i;

/**
 * Decides by the header `Host` whether a server answers a request. This prevents DNS rebinding: the owner of a web page
 * could make its name resolve to this machine. To a browser, the page and a server on a loopback address would be the
 * same host, and the page could read the server's responses.
 *
 * @example
 * ```ts
 * const hosts = new AllowedHosts(['shop.example.com', '*.internal']);
 * createServer((request, response) => {
 *   if (!hosts.allows(request)) response.writeHead(421).end();
 * });
 * ```
 */
export class AllowedHosts {
  readonly #patterns: readonly RegExp[] | undefined;

  /**
   * @param names allowed names without a port. `*` matches any characters. Undefined allows any name, but on a loopback
   *   address without TLS only addresses, `localhost` and names without a dot.
   */
  constructor(names: readonly string[] | undefined) {
    this.#patterns = names?.map(patternOf);
  }

  allows({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
    const name = hostName(headers.host ?? '');
    if (this.#patterns) return name.length <= longest && this.#patterns.some((pattern) => pattern.test(name));
    if (isIP(name) !== 0 || ownName.test(name) || socket instanceof TLSSocket) return true;
    // This check is last because it is a system call.
    return !loopback.test(socket.localAddress ?? '');
  }
}

/**
 * Returns the name in a header `Host`, without the port and without the brackets of IPv6.
 *
 * @example
 * ```ts
 * hostName('[::1]:8080'); // ::1
 * ```
 */
export function hostName(host: string): string {
  return host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
}

function patternOf(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i');
}
