import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** Limit of bytes of a request from the page. */
const maxSize = 64 * 1024;

/** A request that cannot be answered as it is. Its message is for the operator. */
export class PageRequestError extends Error {
  override readonly name = 'PageRequestError';
  /** The status of HTTP. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Whether a request comes from the page itself, or from a program that is no browser. Browsers send their origin with
 * every request that may change data and with every WebSocket; of other requests they tell from which site they come.
 */
export function isFromPage({ method, headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined) return origin.replace(/^https?:\/\//, '') === host;
  // A user who types the address of an answer into the browser comes from no site.
  return site === undefined || (method === 'GET' && (site === 'same-origin' || site === 'none'));
}

/**
 * The JSON object in a request. A form of another site cannot send the required content type.
 *
 * @throws `PageRequestError` if it is too long, or no JSON object.
 */
export async function objectIn(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const { 'content-type': type = '', 'content-length': size } = request.headers;
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new PageRequestError(415, 'expected the content type application/json');
  }
  if (size === undefined) throw new PageRequestError(411, 'expected the header Content-Length');
  if (Number(size) > maxSize) throw new PageRequestError(413, `the request has more than ${maxSize} bytes`);
  const value: unknown = await json(request).catch(() => undefined);
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new PageRequestError(400, 'expected a JSON object');
}

/** Tells the operator that no further page can be served. */
export function tooManyPages(limit: number): string {
  return `${limit} pages of this console are open already: close some of them`;
}

/** Sends an answer as JSON. */
export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
