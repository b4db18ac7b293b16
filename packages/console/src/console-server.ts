import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { readStaticFiles, type StaticFile, staticFile } from './static-files.ts';

/** The configuration of the page, served as `/config.json`. */
export interface ConsoleOptions {
  /** The realm that the page joins; default: `realm1`. */
  realm?: string;
  /**
   * The path of the WebSocket: on the page's own host with a leading slash, otherwise relative to the page; default:
   * `/ws`.
   */
  path?: string;
  /**
   * The topics that the page subscribes to at the start, in the syntax of users: `com.example.topic`, `com.example.*`
   * for everything below, `com..log` for any component. Default: none.
   */
  topics?: readonly string[];
  /**
   * Whether a pgwamp node serves `api/` next to the page, for the views of its components and databases; default:
   * false.
   */
  node?: boolean;
  /** Whether there is a router for events, procedures and sessions; default: true. */
  router?: boolean;
  /** Whether the node has a guided tour at `api/tour`, as the demo has; default: false. */
  tour?: boolean;
}

/** The page has no inline script or style and sends requests only to its own host; the browser blocks anything else. */
function headersFor({ headers: { host = '' } }: IncomingMessage): Readonly<Record<string, string>> {
  // To older browsers, 'self' means no WebSocket.
  const sockets = /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${sockets}`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}

/**
 * A request listener for `node:http` that serves the console: its static files, `/config.json`, and nothing else.
 *
 * Every answer is revalidated by ETag (`Cache-Control: no-cache`). The files are read once, here; WebSocket upgrades
 * are the router's business.
 *
 * @example
 * ```ts
 * const server = createServer(serveConsole({ realm: 'realm1', topics: ['com.example.*'] }));
 * await router.listen({ server, path: '/ws' });
 * server.listen(8080, '127.0.0.1');
 * ```
 *
 * @throws TypeError if an option is not what {@link ConsoleOptions} says; the message names the option.
 */
export function serveConsole(options: ConsoleOptions = {}): RequestListener {
  const files = readStaticFiles();
  const config = staticFile('config.json', Buffer.from(JSON.stringify(pageConfig(options))));
  if (config !== undefined) files.set('/config.json', config);
  return (request, response) => {
    for (const [name, value] of Object.entries(headersFor(request))) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return sendText(request, response, 405, 'Method not allowed: GET and HEAD only\n');
    }
    const file = files.get((request.url ?? '/').replace(/[?#].*$/s, ''));
    if (file === undefined) return sendText(request, response, 404, 'Not found\n');
    sendFile(request, response, file);
  };
}

/**
 * Creates a server for the console that does not listen yet.
 *
 * @example
 * ```ts
 * createConsoleServer({ realm: 'realm1' }).listen(8090, '127.0.0.1');
 * ```
 *
 * @throws TypeError like {@link serveConsole}
 */
export function createConsoleServer(options: ConsoleOptions = {}): Server {
  // An import of node:http would also load fetch and WebSocket of Node.js.
  return process.getBuiltinModule('node:http').createServer(serveConsole(options));
}

function pageConfig({
  realm = 'realm1',
  path = '/ws',
  topics = [],
  node = false,
  router = true,
  tour = false,
}: ConsoleOptions): Required<ConsoleOptions> {
  if (typeof realm !== 'string' || realm === '') throw invalid('realm', realm, 'a realm, such as "realm1"');
  if (typeof path !== 'string' || !/^(\/(?![/\\])|[\w-]+(\/|$))/.test(path)) {
    throw invalid('path', path, 'a path, such as "/ws"');
  }
  if (!Array.isArray(topics)) throw invalid('topics', topics, 'a list of topic URIs');
  for (const topic of topics) if (typeof topic !== 'string') throw invalid('topics', topic, 'topic URIs only');
  return { realm, path, topics, node, router, tour };
}

function invalid(option: string, found: unknown, expected: string): TypeError {
  return new TypeError(`console option "${option}": found ${JSON.stringify(found)}, expected ${expected}`);
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: StaticFile): void {
  const compressed = acceptsGzip(request.headers['accept-encoding']);
  const { body, etag } = compressed ? file.gzip : file;
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('ETag', etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (isFresh(request.headers['if-none-match'], etag)) {
    response.writeHead(304).end();
    return;
  }
  if (compressed) response.setHeader('Content-Encoding', 'gzip');
  response.writeHead(200, { 'Content-Type': file.contentType, 'Content-Length': body.byteLength });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Whether a client names gzip among its encodings and does not exclude it by `q=0` (RFC 9110, 12.5.3). */
function acceptsGzip(encodings: string | string[] = ''): boolean {
  return String(encodings)
    .split(',')
    .some((encoding) => /^\s*(x-)?gzip\s*($|;(?!\s*q=0(\.0*)?\s*$))/i.test(encoding));
}

// If-None-Match compares weakly: a proxy that compressed the body may have added W/ to the ETag (RFC 9110, 13.1.2).
function isFresh(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

function sendText(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
