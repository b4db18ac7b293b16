import type { IncomingMessage } from 'node:http';

/**
 * The prefix of the token in the list of subprotocols. That is the only header of a WebSocket that browsers let pages
 * set.
 */
const subprotocolPrefix = 'bearer.';

/** Other places of the token. */
export interface TokenPlaces {
  /** The name of a cookie. */
  readonly cookie?: string | undefined;
  /** The name of a query parameter. */
  readonly query?: string | undefined;
}

/**
 * The token of a request: in the header Authorization, else in the list of subprotocols (`pgwamp.v1, bearer.TOKEN`),
 * else in the cookie, else in the query.
 */
export function tokenOf({ headers, url = '' }: IncomingMessage, { cookie, query }: TokenPlaces): string | undefined {
  const [, bearer] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const named = offered.find((name) => name.startsWith(subprotocolPrefix));
  if (named !== undefined) return named.slice(subprotocolPrefix.length);
  return (cookie && cookieOf(headers.cookie, cookie)) || (query && parameterOf(url, query)) || undefined;
}

function cookieOf(header = '', name: string): string | undefined {
  const pairs = header.split(';').map((pair) => pair.trim());
  const found = pairs.find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1).replace(/^"(.*)"$/, '$1');
}

function parameterOf(url: string, name: string): string | undefined {
  return new URLSearchParams(url.split(/\?(.*)/s)[1] ?? '').get(name) ?? undefined;
}
