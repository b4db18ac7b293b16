import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The service at one path of a web transport. */
export interface HttpService {
  /** Answers a request; `path` is the rest of the path below the service. */
  serve(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Accepts a WebSocket upgrade. A service without this method has no WebSocket. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Releases all resources. */
  close?(): void;
}

/** Answers with a text; for HEAD with the headers only. */
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

/** Returns whether the request is GET or HEAD; refuses all other methods. */
export function assertReads(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  sendText(response, 405, 'only GET and HEAD are allowed here\n', { allow: 'GET, HEAD' });
  return false;
}
