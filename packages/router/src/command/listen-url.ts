import { UsageError } from '../errors.ts';

/** A transport in the form of the configuration file. */
type Transport = Readonly<Record<string, unknown>>;

// Loopback, and what resolves to it.
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function parse(text: string): URL {
  if (!URL.canParse(text)) throw new UsageError(`--listen: expected a URL as ws://127.0.0.1:8080/ws, found ${text}`);
  return new URL(text);
}

/** Everybody may do everything, so that nobody from elsewhere is let in. */
function tcpEndpoint({ hostname, port, href }: URL): Transport {
  if (!LOOPBACK.test(hostname)) {
    throw new UsageError(`--listen: expected an address of this machine alone, found ${href}; others need --config`);
  }
  if (port === '') throw new UsageError(`--listen: expected a port, found none in ${href}`);
  return { type: 'tcp', interface: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function endpointOf(url: URL): Transport {
  return url.hostname === 'unix' ? { type: 'unix', path: decodeURI(url.pathname) } : tcpEndpoint(url);
}

/**
 * What `--listen` asks for: `ws://host:port/path`, `rs://host:port` or `rs://unix:/path`.
 *
 * @throws UsageError
 */
export function transportFrom(text: string): Transport {
  const url = parse(text);
  switch (url.protocol) {
    case 'ws:': {
      const path = url.pathname === '/' ? '/' : url.pathname.slice(1);
      return { type: 'web', endpoint: tcpEndpoint(url), paths: { [path]: { type: 'websocket' } } };
    }
    case 'rs:':
      return { type: 'rawsocket', endpoint: endpointOf(url) };
    case 'wss:':
    case 'rss:':
      throw new UsageError(`--listen: ${url.protocol}// needs a certificate, which only --config can name`);
    default:
      throw new UsageError(`--listen: expected ws:// or rs://, found ${text}`);
  }
}
