import { createHmac } from 'node:crypto';
import { isSameSecret } from '../authentication/process-secret.ts';
import { HttpError } from './http-error.ts';

/** The signing key of requests. */
export interface Signer {
  readonly key: string;
  readonly secret: string;
  /** In seconds; 0 allows any timestamp. */
  readonly timestampDeltaLimit: number;
}

const FIELDS = ['key', 'timestamp', 'seq', 'nonce', 'signature'] as const;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z$/;

function fieldsOf(query: URLSearchParams): Record<(typeof FIELDS)[number], string> {
  const entries = FIELDS.map((name) => [name, query.get(name)] as const);
  const missing = entries.find(([, value]) => value === null);
  if (missing !== undefined) throw new HttpError(400, `the request must be signed, and its ${missing[0]} is missing`);
  return Object.fromEntries(entries) as Record<(typeof FIELDS)[number], string>;
}

function assertTimely(timestamp: string, limit: number): void {
  const time = TIMESTAMP.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(time)) throw new HttpError(400, 'the timestamp must look like 2011-10-14T16:59:51.123Z');
  if (limit > 0 && Math.abs(Date.now() - time) > limit * 1000) {
    throw new HttpError(400, `the timestamp differs by more than ${limit} seconds`);
  }
}

function assertInteger(name: string, value: string): void {
  if (!/^-?\d+$/.test(value)) throw new HttpError(400, `the ${name} must be an integer`);
}

/** The signature of a request as Crossbar.io computes it, without the padding. */
function signatureOf(secret: string, parts: readonly string[], body: Uint8Array): string {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.update(body).digest('base64url');
}

/**
 * Checks everything that does not require the body, so that the body of a bad request need not be read.
 *
 * @returns a function that checks the body
 * @throws HttpError 400 if a field is missing or malformed, 401 if the key or, later, the signature is wrong
 * @see https://crossbar.io/docs/HTTP-Bridge-Publisher/
 */
export function assertSigned(query: URLSearchParams, signer: Signer): (body: Uint8Array) => void {
  const { key, timestamp, seq, nonce, signature } = fieldsOf(query);
  const refused = () => new HttpError(401, 'the key or the signature is wrong');
  assertTimely(timestamp, signer.timestampDeltaLimit);
  assertInteger('seq', seq);
  assertInteger('nonce', nonce);
  if (!isSameSecret(key, signer.key)) throw refused();
  return (body) => {
    const expected = signatureOf(signer.secret, [key, timestamp, seq, nonce], body);
    if (!isSameSecret(signature.replace(/=+$/, ''), expected)) throw refused();
  };
}
