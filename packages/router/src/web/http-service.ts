import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What is at one path of a web transport. */
export interface HttpService {
  /** Answers a request; `path` is what is left behind the service's own. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Takes a WebSocket; a service without it has none. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Lets go of everything. */
  close?(): void;
}

/** Answers with a text, and with nothing but its headers to HEAD. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

/** Whether a request only reads; all others are refused here. */
export function assertReads(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  sendText(response, 405, 'only GET and HEAD are allowed here\n', { allow: 'GET, HEAD' });
  return false;
}
