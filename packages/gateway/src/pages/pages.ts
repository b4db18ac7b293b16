import type { IncomingMessage } from 'node:http';
import { basename } from 'node:path';
import type { Pages } from '../context.ts';
import { type PublicAddress, webSocketBase } from './base-url.ts';
import { type StaticFile, staticFile, template } from './static-files.ts';

/** Which page there is, and what it is told. */
export interface PagesOptions extends PublicAddress {
  /** `viewer` opens `/listen/{channel}`, `console` opens `/{channel}`. */
  readonly page: 'viewer' | 'console';
  /** The patterns of the channels that clients may listen to. */
  readonly channels: readonly string[];
  /** Whether a function of the database takes messages of clients. */
  readonly receive: boolean;
  /** Whether clients show a token. */
  readonly auth: boolean;
}

/** Where the files of the pages are, seen from the page. */
const assets = 'pages/';
const files = ['page.css', 'icon.svg', 'json.js', 'channel-socket.js', 'viewer.js', 'console.js'].map(
  (name) => `public/${name}`,
);

/** The names of each page in the base path. */
const names = { viewer: ['', 'index.html'], console: ['', 'index.html', 'console.html'] } as const;

/** Reads the pages and the browser client. A path is looked up in memory, so that none leads out of them. */
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

/** The page has no inline script or style, and asks nobody but its gateway; the browser refuses anything else. */
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
    // The address in it depends on headers of the request.
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy.join('; '),
  };
}

function fileAnswer({ body, type, etag }: StaticFile, { headers: { 'if-none-match': known = '' } }: IncomingMessage) {
  const headers = { ...common, 'Content-Type': type, 'Cache-Control': 'no-cache', ETag: etag };
  // A proxy that has compressed the body may have put W/ before the tag.
  const isKnown = known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  return isKnown ? { status: 304, headers, body: Buffer.alloc(0) } : { status: 200, headers, body };
}
