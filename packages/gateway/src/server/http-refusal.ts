import { STATUS_CODES } from 'node:http';
import { ChannelNameError, DatabaseLostError } from '@pgwamp/core';
import { ChannelRefusedError, TokenRefusedError, TooManyAttemptsError } from '../errors.ts';

/** A request that is answered with an HTTP error. */
export class HttpRefusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }

  /** The whole response, for a socket that the HTTP server has handed over. */
  get response(): string {
    const head = {
      connection: 'close',
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(Buffer.byteLength(this.message)),
      ...this.headers,
    };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    return `HTTP/1.1 ${this.status} ${STATUS_CODES[this.status] ?? ''}\r\n${lines.join('')}\r\n${this.message}`;
  }
}

/** The database cannot be asked now. */
export function unavailable(why: string): HttpRefusal {
  return new HttpRefusal(503, why, { 'retry-after': '1' });
}

/** The response for an error; undefined if it is an internal error of the gateway. */
export function refusalOf(error: unknown): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error;
  if (error instanceof TokenRefusedError && error.isTemporary) return unavailable(error.message);
  if (error instanceof TokenRefusedError) return new HttpRefusal(401, error.message, { 'www-authenticate': 'Bearer' });
  if (error instanceof TooManyAttemptsError) {
    return new HttpRefusal(429, error.message, { 'retry-after': String(error.retryAfter) });
  }
  if (error instanceof ChannelRefusedError) return new HttpRefusal(403, error.message);
  if (error instanceof ChannelNameError) return new HttpRefusal(400, error.message);
  if (error instanceof DatabaseLostError) return unavailable(error.message);
  return undefined;
}
