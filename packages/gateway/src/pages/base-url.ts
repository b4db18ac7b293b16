import type { IncomingHttpHeaders } from 'node:http';

/** The parts of a request that reveal the address in the browser. */
export interface RequestAddress {
  readonly headers: IncomingHttpHeaders;
  /** Whether TLS ends in this process. */
  readonly secure: boolean;
}

/** The parts of the configuration that define the address. */
export interface PublicAddress {
  /** The URL of the server for browsers; empty to derive it from each request. */
  readonly urlBase: string;
  /** The path prefix of all addresses, such as `/events`. */
  readonly basePath: string;
}

/**
 * The start of a page's WebSocket addresses, such as `wss://example.com/events`, without a trailing slash. It comes
 * from the configuration, or from `Forwarded`, `X-Forwarded-Host` and `X-Forwarded-Proto` of a proxy, or from the
 * request itself. It is `wss` if the browser uses https, wherever TLS ends.
 */
export function webSocketBase({ urlBase, basePath }: PublicAddress, request: RequestAddress): string {
  const url = new URL(basePath === '' ? '/' : basePath, origin(urlBase) ?? publicOrigin(request));
  const scheme = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss' : 'ws';
  return `${scheme}://${url.host}${url.pathname}`.replace(/\/+$/, '');
}

function publicOrigin({ headers, secure }: RequestAddress): URL {
  const forwarded = parametersOf(first(headers.forwarded));
  const scheme = forwarded.get('proto') ?? first(headers['x-forwarded-proto']) ?? (secure ? 'https' : 'http');
  const host = forwarded.get('host') ?? first(headers['x-forwarded-host']) ?? headers.host;
  // An invalid name comes from the client itself and harms no other client: the response is not cached.
  return origin(`${scheme}://${host}`) ?? origin(`http://${headers.host}`) ?? new URL('http://localhost');
}

/** Parses a URL; undefined if a page cannot have such an address. */
function origin(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && /^(https?|wss?):$/.test(url.protocol) && url.username === '' ? url : undefined;
}

/** Behind several proxies, the value of the first one, which the browser has reached. */
function first(header: string | string[] | undefined): string | undefined {
  const [value = ''] = (Array.isArray(header) ? header[0] : header)?.split(',') ?? [];
  return value.trim() || undefined;
}

/** The parameters of an element of `Forwarded`, by their names in lower case. */
function parametersOf(element = ''): ReadonlyMap<string, string> {
  const pairs = element.matchAll(/(\w+)=(?:"([^"]*)"|([^;\s]+))/g);
  return new Map([...pairs].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? '']));
}
