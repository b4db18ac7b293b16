import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A longer name is not compared with patterns. */
const longest = 1024;

const loopback = /^(::ffff:)?127\.|^::1$/;

/** A name without a dot, or below `localhost`, is none that somebody can buy. */
const ownName = /^[^.]*$|\.localhost$/i;

/**
 * Decides by which names a server may be asked, by the header `Host`. A page whose name its owner makes lead to this machine
 * (DNS rebinding) could otherwise read what a server on a loopback address tells, since to a browser both are one host.
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
   * @param names names without a port, in which `*` stands for any characters. Undefined: on a loopback address without TLS
   *   addresses, `localhost` and names without a dot, and elsewhere any.
   */
  constructor(names: readonly string[] | undefined) {
    this.#patterns = names?.map(patternOf);
  }

  allows({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
    const name = hostName(headers.host ?? '');
    if (this.#patterns) return name.length <= longest && this.#patterns.some((pattern) => pattern.test(name));
    if (isIP(name) !== 0 || ownName.test(name) || socket instanceof TLSSocket) return true;
    // Asked last, since it is a system call.
    return !loopback.test(socket.localAddress ?? '');
  }
}

/**
 * The name in a header `Host`, without the port and without the brackets of IPv6.
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
