import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';

/**
 * The directory of the page's static files, with a trailing slash, for hosts that serve the files themselves.
 *
 * Such a host must also serve `config.json`, from which the page reads its realm, WebSocket path and topics.
 */
// `src` and `dist` have the same parent, so one relative path works for the sources and the published package.
export const consoleDirectory: URL = new URL('../public/', import.meta.url);

/** The chart library uPlot, served as in its npm package. */
const chartDirectory = new URL('../dist/', import.meta.resolve('uplot/dist/uPlot.esm.js'));
const chartFiles = ['uPlot.esm.js', 'uPlot.min.css'];

/** The bytes of a file in one encoding, and their ETag. */
interface Representation {
  readonly body: Buffer;
  readonly etag: string;
}

/** A file as it is sent. */
export class StaticFile implements Representation {
  readonly body: Buffer;
  readonly etag: string;
  readonly contentType: string;
  #gzip: Representation | undefined;

  constructor(body: Buffer, contentType: string) {
    this.body = body;
    this.etag = etagOf(body);
    this.contentType = contentType;
  }

  /** The same file, compressed by gzip: made when it is first requested, and not when the node starts. */
  get gzip(): Representation {
    if (!this.#gzip) {
      const body = gzipSync(this.body);
      this.#gzip = { body, etag: etagOf(body) };
    }
    return this.#gzip;
  }
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
};

/** Creates a file; the extension of `name` determines the content type. Undefined for a type that is not served. */
export function staticFile(name: string, body: Buffer): StaticFile | undefined {
  const contentType = CONTENT_TYPES[extname(name)];
  return contentType === undefined ? undefined : new StaticFile(body, contentType);
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/**
 * Reads the page into memory, by request path.
 *
 * Requests are looked up only in this map and never in the file system, so path traversal is impossible.
 */
export function readStaticFiles(directory: URL = consoleDirectory): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = staticFile(entry.name, readFileSync(new URL(entry.name, directory)));
    if (file !== undefined) files.set(`/${entry.name}`, file);
  }
  for (const name of chartFiles) {
    const file = staticFile(name, readFileSync(new URL(name, chartDirectory)));
    if (file !== undefined) files.set(`/${name}`, file);
  }
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`The console's directory ${directory.href} has no index.html`);
  const preloading = new StaticFile(
    Buffer.from(withPreloads(String(index.body), [...files.keys()])),
    index.contentType,
  );
  return files.set('/', preloading).set('/index.html', preloading);
}

/**
 * A browser finds a module only when it has read the one that imports it: with these links it asks for all together. The library of the
 * charts is loaded by need.
 */
function withPreloads(html: string, paths: readonly string[]): string {
  const names = paths.map((path) => path.slice(1));
  const modules = names.filter((name) => name.endsWith('.js') && !isNamed(html, name) && !chartFiles.includes(name));
  const links = modules.map((name) => `<link rel="modulepreload" href="${name}" />`);
  return html.replace('</head>', `${links.join('')}</head>`);
}

function isNamed(html: string, script: string): boolean {
  return html.includes(`src="${script}"`);
}
