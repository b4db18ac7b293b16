import type { IncomingMessage } from 'node:http';
import { basename } from 'node:path';
import type { Pages } from '../context.ts';
import { type PublicAddress, webSocketBase } from './base-url.ts';
import { type StaticFile, staticFile, template } from './static-files.ts';

/** The page to serve, and its settings. */
export interface PagesOptions extends PublicAddress {
  /** `viewer` opens `/listen/{channel}`, `console` opens `/{channel}`. */
  readonly page: 'viewer' | 'console';
  /** The patterns of channels that clients may listen to. */
  readonly channels: readonly string[];
  /** Whether a database function receives messages of clients. */
  readonly receive: boolean;
  /** Whether clients authenticate with a token. */
  readonly auth: boolean;
}

/** The folder of the page's files, relative to the page. */
const assets = 'pages/';
const files = ['page.css', 'icon.svg', 'json.js', 'channel-socket.js', 'viewer.js', 'console.js'].map(
  (name) => `public/${name}`,
);

/** The names of each page below the base path. */
const names = { viewer: ['', 'index.html'], console: ['', 'index.html', 'console.html'] } as const;

/**
 * Loads the pages and the browser client into memory. A path is only looked up there, so it cannot lead to other files.
 */
export function createPages(options: PagesOptions): Pages {
  const root = `${options.basePath.replace(/\/+$/, '')}/`;
  const render = template<'assets' | 'baseUrl' | 'channels' | 'receive' | 'auth'>(`public/${options.page}.html`);
  const pagePaths = names[options.page].map((name) => root + name);
  const byPath = new Map(
    [...files, 'client/client.js'].map((file) => [`${root}${assets}${basename(file)}`, staticFile(file)]),
  );
  const pageFor = ({ headers, socket }: IncomingMessage) => {
    const baseUrl = webSocketBase(options, { headers, secure: 'encrypted' in socket });
    const receive = options.receive ? 'on' : 'off';
    const auth = options.auth ? 'token' : 'none';
    const body = Buffer.from(render({ assets, baseUrl, channels: options.channels.join(', '), receive, auth }));
    return { status: 200, headers: headersOf(baseUrl), body };
  };
  return {
    answer(path, request) {
      if (pagePaths.includes(path)) return pageFor(request);
      if (`${path}/` === root) return { status: 308, headers: { Location: root }, body: Buffer.alloc(0) };
      const file = byPath.get(path);
      return file && fileAnswer(file, request);
    },
  };
}

const common = { 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff' } as const;

/** The page has no inline script or style and sends requests only to its gateway; the browser blocks anything else. */
function headersOf(baseUrl: string): Readonly<Record<string, string>> {
  const host = new URL(baseUrl).host;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    ...common,
    'Content-Type': 'text/html; charset=utf-8',
    // The page contains an address that depends on headers of the request.
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy.join('; '),
  };
}

function fileAnswer({ body, type, etag }: StaticFile, { headers: { 'if-none-match': known = '' } }: IncomingMessage) {
  const headers = { ...common, 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: etag };
  // A proxy that compressed the body may have added W/ to the tag.
  const isKnown = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  return isKnown ? { status: 304, headers, body: Buffer.alloc(0) } : { status: 200, headers, body };
}
