import type { IncomingHttpHeaders } from 'node:http';

/** What of a request says by which address the browser has come. */
export interface RequestAddress {
  readonly headers: IncomingHttpHeaders;
  /** Whether TLS ends in this process. */
  readonly secure: boolean;
}

/** What of the configuration says it. */
export interface PublicAddress {
  /** The URL that browsers know the server by; empty to find it out by each request. */
  readonly urlBase: string;
  /** The path that all addresses begin with, such as `/events`. */
  readonly basePath: string;
}

/**
 * The address that a page's WebSockets begin with, such as `wss://example.com/events`, without a slash at its end: by the
 * configuration, or by `Forwarded`, `X-Forwarded-Host` and `X-Forwarded-Proto` of a proxy, or by the request itself. It is `wss` where
 * the browser has come by https, whoever ends TLS.
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
  // A name that is none comes from whoever sent the request, and harms nobody else: the answer is not cached.
  return origin(`${scheme}://${host}`) ?? origin(`http://${headers.host}`) ?? new URL('http://localhost');
}

/** A URL, if it is one that pages can come by. */
function origin(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && /^(https?|wss?):$/.test(url.protocol) && url.username === '' ? url : undefined;
}

/** Of several proxies the one that the browser has reached. */
function first(header: string | string[] | undefined): string | undefined {
  const [value = ''] = (Array.isArray(header) ? header[0] : header)?.split(',') ?? [];
  return value.trim() || undefined;
}

/** The parameters of an element of `Forwarded`, by their names in lower case. */
function parametersOf(element = ''): ReadonlyMap<string, string> {
  const pairs = element.matchAll(/(\w+)=(?:"([^"]*)"|([^;\s]+))/g);
  return new Map([...pairs].map(([, name = '', quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? '']));
}
