import type { Pages } from '../context.ts';
import { type PublicAddress, webSocketBase } from './base-url.ts';
import { staticPage, template } from './static-files.ts';

/** Which page there is, and what it is told. */
export interface PagesOptions extends PublicAddress {
  /** `viewer` opens `/listen/{channel}`, `console` opens `/{channel}`. */
  readonly page: 'viewer' | 'console';
  /** The patterns of the channels that clients may listen to. */
  readonly channels: readonly string[];
  /** Whether a function of the database takes messages of clients. */
  readonly receive: boolean;
}

/** Where the files of the pages are, seen from the page. */
const assets = 'pages/';
const files = ['page.css', 'icon.svg', 'json.js', 'viewer.js', 'console.js'].map((name) => `public/${name}`);

/**
 * Reads the pages and the browser client. Each path is looked up in memory, so that none leads out of them.
 */
export function createPages(options: PagesOptions): Pages {
  const render = template<'assets' | 'baseUrl' | 'channels' | 'receive'>(`public/${options.page}.html`);
  const paths = ['/', '/index.html', ...(options.page === 'console' ? ['/console.html'] : [])];
  const staticPages = new Map(
    [...files, 'client/client.js'].map((file) => [`/${assets}${file.replace(/^\w+\//, '')}`, staticPage(file)]),
  );
  return {
    page(path, { headers, socket }) {
      if (!paths.includes(path)) return staticPages.get(path);
      const baseUrl = webSocketBase(options, { headers, secure: 'encrypted' in socket });
      const receive = options.receive ? 'on' : 'off';
      const body = render({ assets, baseUrl, channels: options.channels.join(', '), receive });
      return { contentType: 'text/html; charset=utf-8', body, headers: headersOf(baseUrl) };
    },
  };
}

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
    // The address in it depends on headers of the request.
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy.join('; '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
