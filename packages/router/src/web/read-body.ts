import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* request;
  } catch (error) {
    throw new HttpError(400, `the body was cut short: ${(error as Error).message}`);
  }
}

/**
 * The body of a request, of which no more is kept than may be.
 *
 * @throws HttpError 413 if it is longer
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunksOf(request)) {
    length += chunk.length;
    if (length > limit) throw new HttpError(413, `the body may have ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
